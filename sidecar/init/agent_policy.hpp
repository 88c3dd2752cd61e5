// When the agent that ended is started again. Pure.
#pragma once

#include <string>

#include "init/exit_status.hpp"

namespace arc::init {

class AgentPolicy {
public:
    // Doubled at each death of an agent that hardly lived. One that did its work for a while and
    // was killed is back at once: its listening socket is kept (agent_process.hpp), so a probe over
    // HTTP waits for it that long.
    static constexpr Time kFirstDelay{100};
    static constexpr Time kLongestDelay{30'000};
    static constexpr Time kSettled{2'000};  // an agent that lived this long resets the delay

    struct Decision {
        Time again_in{};
        std::string line;  // for the log, what and why
    };

    // The agent ended after `lived`: by an accident, or by somebody's TERM that was meant for one
    // agent and not for agents. It is always started again: a wrong configuration does not end it,
    // and is read again.
    [[nodiscard]] Decision ended(const Ended& end, Time lived);

    // The agent could not be started at all; `why` is put into the line.
    [[nodiscard]] Decision failed_to_start(const std::string& why);

private:
    [[nodiscard]] Time next_delay();

    Time delay_ = kFirstDelay;
};

}  // namespace arc::init
