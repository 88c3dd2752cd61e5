// Whether the other servers of a set can do without this one, the stop token, and the hand-over of
// a master (ClusterHooks in service.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "health/stop.hpp"
#include "redis/replication.hpp"
#include "service.hpp"

namespace arc::redis {

extern const ClusterHooks kClusterHooks;

// What decides whether a member may stop.
struct StopFacts {
    Result<Replication> own;
    std::size_t members = 0;        // declared, this one included
    std::int64_t min_replicas = 0;  // min-replicas-to-write of the master
    // of a replica: its master
    std::optional<Result<Replication>> master;
    // of a master: nullopt: no Sentinel is declared
    std::optional<resp::MasterAnswers> sentinels;
    std::optional<std::string> no_quorum;  // what SENTINEL CKQUORUM says, if it is no
    // of a master: whether the server that the Sentinels name is this one
    bool is_named = false;
    // of a master: the replicas that a Sentinel can promote, and those that it cannot
    std::vector<Endpoint> promotable;
};

// Pure.
[[nodiscard]] StopAnswer judge_stop(const StopFacts& facts);

}  // namespace arc::redis
