#include "agent/log_limit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace arc::agent {

// The entry of that line; a new one takes the place of the one that has not been said for longest.
LogLimit::Known& LogLimit::find(const std::string& line) {
    const auto found = std::ranges::find(known_, line, &Known::line);
    if (found != known_.end()) {
        return *found;
    }
    if (known_.size() < kKnown) {
        return known_.emplace_back(Known{.line = line});
    }
    Known& oldest = *std::ranges::min_element(known_, {}, &Known::last);
    return oldest = Known{.line = line};
}

std::optional<std::string> LogLimit::admit(const std::string& line, TokenBucket::Time now) {
    Known& known = find(line);
    known.last = now;
    if (!known.budget.take(now) || !all_.take(now)) {
        ++known.left_out;
        return std::nullopt;
    }
    const std::uint64_t left_out = std::exchange(known.left_out, 0);
    return left_out == 0
               ? line
               : fmt::format("{} (said {} more times since, not written)", line, left_out);
}

}  // namespace arc::agent
