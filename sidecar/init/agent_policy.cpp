#include "init/agent_policy.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace arc::init {

AgentPolicy::Decision AgentPolicy::ended(const Ended& end, Time lived) {
    const std::string how = fmt::format("agent: {} after {}", describe(end), describe(lived));
    if (lived >= kSettled) {
        delay_ = kFirstDelay;
    }
    const Time delay = next_delay();
    return {delay,
            fmt::format("{}; it restarts in {}. The server keeps running", how, describe(delay))};
}

AgentPolicy::Decision AgentPolicy::failed_to_start(const std::string& why) {
    const Time delay = next_delay();
    return {delay,
            fmt::format("agent: cannot start: {}; next attempt in {}. The server keeps running",
                        why, describe(delay))};
}

Time AgentPolicy::next_delay() {
    const Time delay = delay_;
    delay_ = std::min(delay_ * 2, kLongestDelay);
    return delay;
}

}  // namespace arc::init
