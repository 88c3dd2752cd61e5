// When the agent that ended is started again. Pure.
#pragma once

#include <optional>
#include <string>

#include "init/exit_status.hpp"

namespace arc::init {

class AgentPolicy {
public:
    static constexpr Time kFirstDelay{1'000};  // doubled at each death
    static constexpr Time kLongestDelay{30'000};
    static constexpr Time kSettled{60'000};  // an agent that lived this long starts the row of delays anew

    struct Decision {
        std::optional<Time> again_in;  // nothing: never again
        std::string line;              // for the log, what and why
    };

    // The agent ended after `lived`. Never again when it left with 64 or 78: its command line or configuration is wrong, and a restart
    // would read the same. Any other end is an accident, or somebody's TERM that was meant for one agent and not for agents.
    [[nodiscard]] Decision ended(const Ended& end, Time lived);

    // The agent could not be started at all; `why` is put into the line.
    [[nodiscard]] Decision failed_to_start(const std::string& why);

private:
    [[nodiscard]] Time next_delay();

    Time delay_ = kFirstDelay;
};

}  // namespace arc::init
