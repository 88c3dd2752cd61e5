// Hands the role of the master over to a replica without losing an acknowledged write:
//
//   CLIENT PAUSE WRITE -> equal offsets -> SENTINEL FAILOVER -> a replica is the master ->
//   this server is its replica -> CLIENT UNPAUSE
//
// SENTINEL FAILOVER alone stops no writes: those of its last moments would be lost. The pause ends
// by itself before the Sentinels could miss the master. While a failover is in progress the pause
// is renewed, because the old master would accept writes until Sentinel makes it a replica.
#pragma once

#include <vector>

#include "base/deadline.hpp"
#include "config/config.hpp"
#include "health/stop.hpp"
#include "redis/replication.hpp"

namespace arc::redis {

// safe: this server is no master now. Otherwise the reason, and the server accepts writes as
// before.
[[nodiscard]] StopAnswer hand_over(const Config& config, Deadline deadline);

// The replicas that this Sentinel could make the master: they answer it, and their priority is not
// 0.
[[nodiscard]] std::vector<Endpoint> promotable_replicas(const Url& sentinel, const Config& config,
                                                        Deadline deadline);

}  // namespace arc::redis
