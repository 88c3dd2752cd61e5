// When the agent that ended is started again. Pure.
#pragma once

#include <string>

#include "init/exit_status.hpp"

namespace arc::init {

class AgentPolicy {
public:
    static constexpr Time kFirstDelay{1'000};  // doubled at each death
    static constexpr Time kLongestDelay{30'000};
    static constexpr Time kSettled{60'000};  // an agent that lived this long starts the row of delays anew

    struct Decision {
        Time again_in{};
        std::string line;  // for the log, what and why
    };

    // The agent ended after `lived`: by an accident, or by somebody's TERM that was meant for one agent and not for agents. It is always started
    // again: a wrong configuration does not end it, and is read again.
    [[nodiscard]] Decision ended(const Ended& end, Time lived);

    // The agent could not be started at all; `why` is put into the line.
    [[nodiscard]] Decision failed_to_start(const std::string& why);

private:
    [[nodiscard]] Time next_delay();

    Time delay_ = kFirstDelay;
};

}  // namespace arc::init
