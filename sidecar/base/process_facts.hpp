// The constants that PID 1 has for each service. So PID 1 parses nothing and calls no client. Each
// service defines its own in <service>/process.hpp.
#pragma once

#include <csignal>
#include <string_view>
#include <vector>

namespace arc {

// An exit status that looks like a failure but is normal for the server.
struct ExpectedExit {
    int sent = 0;  // the signal that stopped the server; 0: there is no such status
    int code = 0;
    std::string_view why;  // for the log
};

struct ProcessFacts {
    std::string_view name;
    int stop_signal = SIGTERM;  // sent to the server when PID 1 receives a TERM
    // The server can ignore a TERM, so PID 1 repeats it until the server exits.
    bool repeats_term = false;
    ExpectedExit expected_exit = {};
};

// The registry of services (services.cpp) defines both functions.

// The facts of the service with exactly this name, or nullptr.
[[nodiscard]] const ProcessFacts* find_process_facts(std::string_view name) noexcept;

// In the registry's order.
[[nodiscard]] std::vector<std::string_view> service_names();

}  // namespace arc
