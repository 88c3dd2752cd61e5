// Signals: their names, which of them PID 1 takes over, and which it passes on.
//
// PID 1 handles none and polls for none: all are blocked before anything else is done and read from
// a signalfd. A signal that comes before the server exists therefore waits, and is neither lost nor
// deadly.
#pragma once

#include <signal.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "init/sys.hpp"

namespace arc::init {

// "TERM", "RTMIN+3", or "signal 99" for a number that has no name. Pure.
[[nodiscard]] std::string signal_name(int signo);

// A signal by name or number: "TERM", "SIGTERM", "term", "15". Nothing for any other word. Pure.
[[nodiscard]] std::optional<int> parse_signal(std::string_view word);

// True for a signal that reaches the server when PID 1 receives it. Not passed on: CHLD and PIPE,
// which are PID 1's own business (children, a log that nobody reads), TTIN and TTOU, which concern
// its own use of the terminal, and what is never received. Pure.
[[nodiscard]] bool is_passed_on(int signo) noexcept;

// True for a signal that asks for the end where there is no server, because it is not started yet
// or has ended: TERM, INT, QUIT and `declared`, the stop signal that was set (0: none). HUP is a
// reload for most servers. Pure.
[[nodiscard]] bool ends_without_server(int signo, int declared) noexcept;

// The mask as PID 1 found it, for its children, and the set that it reads from a signalfd.
struct SignalMask {
    sigset_t original;
    sigset_t taken;
};

// The first thing that PID 1 does. Blocks every signal but the synchronous faults (a fault in PID 1
// itself must show), and sets CHLD to its default: inherited as ignored, it would make the kernel
// discard the server's exit status.
[[nodiscard]] SignalMask take_signals(Sys& sys);

// A signal that came, and from whom.
struct Received {
    int signo = 0;
    pid_t sender = 0;     // 0 from the kernel or from outside of the pid namespace
    bool queued = false;  // by sigqueue(3), with a value
    int value = 0;
};

// The signals that wait on `fd`, lowest number first as the kernel hands them out; empty when none
// does. Never blocks.
[[nodiscard]] std::vector<Received> receive_signals(Sys& sys, int fd);
[[nodiscard]] std::vector<int> read_signals(Sys& sys, int fd);  // their numbers alone

// In a child, before exec: every disposition back to its default, then the original mask. A server
// starts in a known state even when whoever started PID 1 ignored signals.
void restore_signals(Sys& sys, const sigset_t& original);

}  // namespace arc::init
