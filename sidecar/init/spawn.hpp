// Starting a child: fork, put it in order, exec, and learn whether the exec worked.
//
// Each child gets a process group of its own. A signal from the terminal (Ctrl-C) goes to the
// foreground group, and one that is sent to PID 1's group stays there: so a signal reaches the
// server exactly once, by PID 1. Twice would cost data: Redis leaves without saving at its second
// INT.
#pragma once

#include <signal.h>

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "init/sys.hpp"

namespace arc::init {

struct Launch {
    // files to try in this order, as execvp does; at least one
    std::vector<std::string> candidates;
    std::vector<std::string> argv;
    std::vector<std::string> env;   // "NAME=value"
    sigset_t mask{};                // the child's
    bool take_terminal = false;     // make its group the foreground group of the terminal on 0
    bool null_stdin = false;        // 0 becomes /dev/null
    int output = -1;                // a descriptor that becomes 1
    std::vector<int> inherited;     // descriptors that stay open in it, under their numbers
    bool dies_with_parent = false;  // the kernel KILLs it when PID 1 dies
};

// A child between fork and exec.
struct Child {
    pid_t pid = 0;
    int report = -1;  // poll it for input, then read_report(). The caller closes it
};

// Why an exec failed, as the child reports it.
struct ExecFailure {
    int error = 0;      // errno
    int candidate = 0;  // index into Launch::candidates
};

// The error is the errno of pipe2() or fork(). A child whose exec fails leaves with
// not_executable_code() of the error. `launch` is not changed; execve()'s types are older than
// const.
[[nodiscard]] std::expected<Child, int> spawn(Sys& sys, Launch& launch);

// How a start stands. An end of file on Child::report is read as running: the exec closed it, or
// the child's end did, which then is told by its status.
struct ExecReport {
    enum class State { pending, running, failed } state = State::pending;
    ExecFailure failure;  // when failed
};

// Reads Child::report. Never blocks.
[[nodiscard]] ExecReport read_report(Sys& sys, int report);

// The files that `name` can mean: itself when it has a slash, else one for each directory of `path`
// (a PATH; null or empty: Docker's default). An empty directory is the current one. Pure.
[[nodiscard]] std::vector<std::string> candidates_for(const std::string& name, const char* path);

// 127 when there is no such file, 126 for any other error, as a shell leaves. Pure.
[[nodiscard]] int not_executable_code(int error) noexcept;

// What to tell people of a failed exec of `name`: the file, why, and what to do.
[[nodiscard]] std::string explain_exec_failure(Sys& sys, const Launch& launch,
                                               const ExecFailure& failure);

}  // namespace arc::init
