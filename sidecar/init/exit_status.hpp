// The end of a child, as an exit code and as text for the log. Pure.
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
    int code = 0;   // if signo is 0
    int signo = 0;  // 0 if it exited by itself
    bool core_dumped = false;
};

// Converts the result of waitid() for a child that ended (CLD_EXITED, CLD_KILLED, CLD_DUMPED).
[[nodiscard]] Ended to_ended(const siginfo_t& info) noexcept;

// The exit code as in a shell: the code, or 128 + the signal.
[[nodiscard]] int exit_code(const Ended& ended) noexcept;

// "exit 3", "killed by signal 9 (KILL)", "killed by signal 11 (SEGV), core dumped".
[[nodiscard]] std::string describe(const Ended& ended);

// "12 ms", "0.4 s", "75 s", "12 min", "3.2 h", "4.0 d".
[[nodiscard]] std::string describe(Time duration);

// A signal that PID 1 forwarded to the server.
struct Forwarded {
    int received = 0;
    int sent = 0;
    Time at{};
};

// The facts about the end of the server.
struct ServerEnd {
    const ProcessFacts* service = nullptr;
    Ended ended;
    Time started{};
    Time now{};
    std::optional<Forwarded> stop = std::nullopt;  // the first request to stop
    std::optional<Forwarded> last = std::nullopt;  // the last other signal
    // Out-of-memory kills in the cgroup since the start; nullopt if no cgroup counts them.
    std::optional<std::uint64_t> oom_kills = std::nullopt;
    bool unhealthy = false;  // the agent requested the stop
    bool killed = false;     // PID 1 sent the KILL
};

// The log line with the reason, for example:
//   server stopped on TERM (sent INT), exit 0 after 0.4 s
//   server ended by itself, exit 3 after 12.0 s
//   server ended by itself (1.0 s after QUIT was forwarded), exit 2 after 12.0 s
//   server was killed by signal 9 (KILL): out of memory (cgroup counts 1 oom kill), exit 137 ...
[[nodiscard]] std::string describe_server_end(const ServerEnd& end);

}  // namespace arc::init
