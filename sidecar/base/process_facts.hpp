// What PID 1 knows of a service: constants, so that it parses nothing and calls no client. Each
// service defines its own in <service>/process.hpp.
#pragma once

#include <csignal>
#include <string_view>
#include <vector>

namespace arc {

// An exit status that is normal for a server and looks like a failure.
struct ExpectedExit {
    int sent = 0;  // the signal that the server was sent to stop it; 0: there is no such status
    int code = 0;
    std::string_view why;  // for the log
};

struct ProcessFacts {
    std::string_view name;
    int stop_signal = SIGTERM;  // sent to the server when PID 1 receives a TERM
    // The server can forget a TERM: it is sent again until the server exits.
    bool repeats_term = false;
    ExpectedExit expected_exit = {};
};

// Both are defined by the registry (services.cpp), which knows every service.

// The facts of the service with exactly this name, or nullptr.
[[nodiscard]] const ProcessFacts* find_process_facts(std::string_view name) noexcept;

// In the registry's order.
[[nodiscard]] std::vector<std::string_view> service_names();

}  // namespace arc
