// A verdict: all that one check found about one service. Pure data; assess() in each service's room
// makes it.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "health/finding.hpp"

namespace arc {

// What is known of a server that decides what its restart, orderly or by KILL, would do.
struct RestartFacts {
    enum class Data {
        unknown,   // not everything that decides it could be seen
        safe,      // all that was acknowledged is on a disk that stays
        at_stake,  // some of it is not, or would be made worse
    };
    Data data = Data::unknown;
    std::string why;         // at_stake: "the append-only file is off"
    bool disk_full = false;  // its disk is full: it would come back as it is

    [[nodiscard]] bool operator==(const RestartFacts&) const = default;
};

struct Verdict {
    std::string service;  // "nats", "pulsar", "redis"
    std::string server;   // "nats-server 2.10.27"; empty when nothing answered
    // what stands when all is well: "3 streams as declared, 11.2 GiB free"; for the first line
    std::string verified;
    std::vector<Finding> findings;  // in the order looked at
    // saving or rewriting its data right now: ending it would undo that work
    bool busy = false;
    std::chrono::microseconds elapsed{0};
    RestartFacts restart{};

    // The worst level among the findings; ok when there are none.
    [[nodiscard]] Level level() const noexcept;

    // The first of the worst findings, or nullptr when all are ok. Valid as long as `findings` is
    // unchanged.
    [[nodiscard]] const Finding* worst() const noexcept;
};

// The worst level of several verdicts; ok for none.
[[nodiscard]] Level worst_level(std::span<const Verdict> verdicts) noexcept;

// 0 for ok and degraded (1 for degraded when `strict`), 1 for starting and unhealthy.
[[nodiscard]] int exit_code(Level level, bool strict) noexcept;

}  // namespace arc
