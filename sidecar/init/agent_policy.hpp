// Decides when PID 1 restarts an agent that exited. Pure.
#pragma once

#include <string>

#include "init/exit_status.hpp"

namespace arc::init {

class AgentPolicy {
public:
    // The delay doubles each time the agent exits soon after its start. After kSettled it is short
    // again: PID 1 keeps the listening socket (agent_process.hpp), so HTTP probes wait meanwhile.
    static constexpr Time kFirstDelay{100};
    static constexpr Time kLongestDelay{30'000};
    static constexpr Time kSettled{2'000};  // an agent that ran this long resets the delay

    struct Decision {
        Time again_in{};
        std::string line;  // for the log
    };

    // The agent exited after `lived`, by a fault or a signal. PID 1 always restarts it. An invalid
    // configuration is no reason for an agent to exit.
    [[nodiscard]] Decision ended(const Ended& end, Time lived);

    // The agent could not be started. The log line includes `why`.
    [[nodiscard]] Decision failed_to_start(const std::string& why);

private:
    [[nodiscard]] Time next_delay();

    Time delay_ = kFirstDelay;
};

}  // namespace arc::init
