// The names of signals, and the signals that PID 1 reads and forwards.
//
// PID 1 has no signal handlers. It first blocks all signals and then reads them from a signalfd. So
// a signal before the start of the server stays pending. It is not lost and does not kill PID 1.
#pragma once

#include <signal.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "init/sys.hpp"

namespace arc::init {

// "TERM", "RTMIN+3", or "signal 99" for a number without a name. Pure.
[[nodiscard]] std::string signal_name(int signo);

// A signal by name or number: "TERM", "SIGTERM", "term", "15". nullopt for any other text. Pure.
[[nodiscard]] std::optional<int> parse_signal(std::string_view word);

// Whether PID 1 forwards a signal to the server. It does not forward CHLD and PIPE, which concern
// its own children and log, TTIN and TTOU, which concern its own use of the terminal, and signals
// that it cannot receive. Pure.
[[nodiscard]] bool is_forwarded(int signo) noexcept;

// Whether a signal requests a stop before the server has started or after it has ended: TERM, INT,
// QUIT and `declared`, the configured stop signal (0: none). HUP does not, because most servers
// reload their configuration on HUP. Pure.
[[nodiscard]] bool ends_without_server(int signo, int declared) noexcept;

// The mask that PID 1 inherited, for its children, and the set that it reads from a signalfd.
struct SignalMask {
    sigset_t original;
    sigset_t taken;
};

// The first step of PID 1. Blocks every signal except synchronous faults, which must stay visible.
// Resets CHLD to its default: if PID 1 inherited it as ignored, the kernel would discard the
// server's exit status.
[[nodiscard]] SignalMask take_signals(Sys& sys);

// A received signal and its sender.
struct Received {
    int signo = 0;
    pid_t sender = 0;     // 0 from the kernel or from outside of the pid namespace
    bool queued = false;  // by sigqueue(3), with a value
    int value = 0;
};

// The pending signals of `fd` in the order of the kernel, lowest number first. Never blocks.
[[nodiscard]] std::vector<Received> receive_signals(Sys& sys, int fd);
[[nodiscard]] std::vector<int> read_signals(Sys& sys, int fd);  // only their numbers

// In a child before exec: resets every disposition to its default, then restores the original mask.
// So a server starts in a known state, even if the parent of PID 1 ignored signals.
void restore_signals(Sys& sys, const sigset_t& original);

}  // namespace arc::init
