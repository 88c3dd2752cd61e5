// Starts a child: forks, prepares it, executes the command, and reports whether exec succeeded.
//
// Each child has its own process group. So a signal to the terminal's foreground group (Ctrl-C) or
// to PID 1's group reaches the server exactly once. A second signal could lose data: Redis exits
// without saving at its second INT.
#pragma once

#include <signal.h>

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "init/sys.hpp"

namespace arc::init {

struct Launch {
    // The files to try in this order, as in execvp(); at least one.
    std::vector<std::string> candidates;
    std::vector<std::string> argv;
    std::vector<std::string> env;   // "NAME=value"
    sigset_t mask{};                // the child's
    bool take_terminal = false;     // its group becomes the foreground group of the terminal on 0
    bool null_stdin = false;        // 0 becomes /dev/null
    int output = -1;                // the descriptor that becomes 1; -1: unchanged
    std::vector<int> inherited;     // descriptors that stay open in the child
    bool dies_with_parent = false;  // the kernel sends it KILL if PID 1 exits
};

// A child between fork and exec.
struct Child {
    pid_t pid = 0;
    int report = -1;  // poll it for input, then call read_report(). The caller closes it
};

// The error of a failed exec, as the child reports it.
struct ExecFailure {
    int error = 0;      // errno
    int candidate = 0;  // index into Launch::candidates
};

// The error is the errno of pipe2() or fork(). A child whose exec fails exits with
// not_executable_code() of the error. `launch` is not const only because execve() has no const.
[[nodiscard]] std::expected<Child, int> spawn(Sys& sys, Launch& launch);

// The state of a start. The end of the pipe Child::report means running: exec closed the pipe. The
// end of the child also closes it, but then the exit status reports that.
struct ExecReport {
    enum class State { pending, running, failed } state = State::pending;
    ExecFailure failure;  // if failed
};

// Reads Child::report. Never blocks.
[[nodiscard]] ExecReport read_report(Sys& sys, int report);

// The files that `name` can refer to: `name` itself if it has a slash, or else a file in each
// directory of `path`, a PATH. nullptr or an empty PATH means Docker's default. An empty directory
// means the current one. Pure.
[[nodiscard]] std::vector<std::string> candidates_for(const std::string& name, const char* path);

// 127 if there is no such file, 126 for any other error, as in a shell. Pure.
[[nodiscard]] int not_executable_code(int error) noexcept;

// The message for a failed exec: the file, the cause and the remedy.
[[nodiscard]] std::string explain_exec_failure(Sys& sys, const Launch& launch,
                                               const ExecFailure& failure);

}  // namespace arc::init
