// How a child ended, as a number for whoever waits for PID 1 and as words for whoever reads the
// log. Pure.
#pragma once

#include <signal.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/process_facts.hpp"
#include "init/sys.hpp"

namespace arc::init {

// A child's end: its exit code, or the signal that killed it.
struct Ended {
    int code = 0;   // when signo is 0
    int signo = 0;  // 0 when it exited by itself
    bool core_dumped = false;
};

// From what waitid() says of an ended child (CLD_EXITED, CLD_KILLED, CLD_DUMPED).
[[nodiscard]] Ended to_ended(const siginfo_t& info) noexcept;

// What a shell would report: the code, or 128 + the signal.
[[nodiscard]] int exit_code(const Ended& ended) noexcept;

// "exit 3", "killed by signal 9 (KILL)", "killed by signal 11 (SEGV), core dumped".
[[nodiscard]] std::string describe(const Ended& ended);

// "12 ms", "0.4 s", "75 s", "12 min", "3.2 h", "4.0 d".
[[nodiscard]] std::string describe(Time duration);

// A signal that PID 1 passed on, and when.
struct PassedOn {
    int received = 0;
    int sent = 0;
    Time at{};
};

// All that is known when the server has ended.
struct ServerEnd {
    const ProcessFacts* service = nullptr;
    Ended ended;
    Time started{};
    Time now{};
    std::optional<PassedOn> stop = std::nullopt;  // the first request to stop
    std::optional<PassedOn> last = std::nullopt;  // the last signal passed on that was not one
    std::optional<std::uint64_t> oom_kills =
        // kills for want of memory in the cgroup since the start; nothing where no cgroup tells
        std::nullopt;
    bool unhealthy = false;  // the stop was the agent's request
    bool killed = false;     // the KILL was PID 1's
};

// The line that says why, for example
//   server stopped on TERM (sent INT), exit 0 after 0.4 s
//   server ended by itself, exit 3 after 12.0 s
//   server was killed by signal 9 (KILL): out of memory (cgroup says 1 oom kill), exit 137 after 75
//   s
[[nodiscard]] std::string describe_server_end(const ServerEnd& end);

}  // namespace arc::init
