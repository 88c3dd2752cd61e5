// Judges the facts against the declaration. Pure.
#pragma once

#include "health/verdict.hpp"
#include "redis/config.hpp"
#include "redis/facts.hpp"

namespace arc::redis {

// The percentage of maxmemory from which the server counts as full. used_memory is often a little
// below the limit right after a rejected write (measured).
inline constexpr std::int64_t kFullPercent = 95;

// The levels:
//   starting   the server loads its data set; nothing answers, if `absent` is starting
//   unhealthy  no access (NOAUTH, WRONGPASS); the server rejects writes (MISCONF, append-only file
//              failing); any other error in answer to PING; appendonly is off, but declared;
//              the cluster is down; a Sentinel, which holds no data
//   degraded   a setting differs from its declaration; memory is full under noeviction (a restart
//              does not help); a replica, or a master with too few replicas, which reject writes;
//              the cluster lacks slots; a fact is not verifiable; a save or a rewrite failed;
//              the server rejects other hosts (service image only)
// The caller sets `elapsed`.
[[nodiscard]] Verdict assess(const Facts& facts, const Config& config, Level absent);

}  // namespace arc::redis
