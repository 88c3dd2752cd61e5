// The fence: how a member of a set may start. Its replicas would copy what it has: an empty member
// must not come back as their master, and an old master not beside the one that took its place.
//
// It acts only on what the Sentinels and the other members say at that moment. Without a majority
// of the Sentinels, and for every doubt, the server starts as it is configured.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.hpp"
#include "config/config.hpp"
#include "redis/replication.hpp"

namespace arc::redis {

struct FenceFacts {
    std::optional<Endpoint> named;  // the master by the word of a majority of the Sentinels
    bool named_is_here = false;     // it is this machine and the server's port
    enum class Answer { none, master, replica } answer = Answer::none;  // of the server there
    bool is_empty = false;  // the server that is about to start has no data
    // members that hold data and are replicas of this machine and port: "10.0.0.6:6379"
    std::vector<std::string> followers;
};

struct Fenced {
    enum class Start {
        as_configured,
        as_replica,  // of `master`
        as_master,   // whatever its configuration says
        not_yet,     // the Sentinels must switch first
    };
    Start start = Start::as_configured;
    Endpoint master = {};     // NOLINT(readability-redundant-member-init): gcc demands these two
    std::string reason = {};  // NOLINT(readability-redundant-member-init)
};

// Pure.
[[nodiscard]] Fenced judge_fence(const FenceFacts& facts);

// Asks, and waits for a switch of the Sentinels until the deadline. `port` is that of the server
// that is about to start.
[[nodiscard]] Fenced fence(const Config& config, std::uint16_t port, bool is_empty,
                           Deadline deadline);

}  // namespace arc::redis
