// Keeps the agent's log small whatever happens around it: a line that is said again and again is
// counted instead of written. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/token_bucket.hpp"

namespace arc::agent {

class LogLimit {
public:
    static constexpr double kSameAtOnce = 5;  // the same line; then
    static constexpr double kSamePerSecond = 1.0 / 60;
    static constexpr double kAllAtOnce = 200;  // all lines; then
    static constexpr double kAllPerSecond = 1;
    static constexpr std::size_t kKnown = 64;  // different lines that are remembered

    // What to write of `line` at `now`: nothing, or the line, with how many times it was left out
    // before.
    [[nodiscard]] std::optional<std::string> admit(const std::string& line, TokenBucket::Time now);

private:
    struct Known {
        std::string line;
        TokenBucket budget{kSamePerSecond, kSameAtOnce};
        TokenBucket::Time last{};  // NOLINT(readability-redundant-member-init): gcc demands it
        std::uint64_t left_out = 0;
    };
    [[nodiscard]] Known& find(const std::string& line);

    std::vector<Known> known_;
    TokenBucket all_{kAllPerSecond, kAllAtOnce};
};

}  // namespace arc::agent
