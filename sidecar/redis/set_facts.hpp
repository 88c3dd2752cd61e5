// What a check of a member learns about its set, as plain data.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "redis/replication.hpp"
#include "resp/watched_master.hpp"

namespace arc::redis {

struct SetMember {
    std::string at;  // as declared, with its port: "arc-cache-1:6379"
    Result<Replication> answer;
};

// What a replica lacked of the data that its master had, `waited` after that moment.
struct Lag {
    std::int64_t bytes = 0;
    std::chrono::milliseconds waited{0};
};

struct SetFacts {
    Replication own;
    std::vector<SetMember> members;  // all that are declared, this one included
    resp::MasterAnswers sentinels;   // in the order of redis.sentinels; empty: none are declared
    // of a master: the server at the address that the Sentinels name; nullopt: none, or no answer
    std::optional<Replication> named;
    std::optional<Lag> lag;  // of a replica with a link, whose master answers
};

}  // namespace arc::redis
