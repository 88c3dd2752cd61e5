// The last guard of a deadline: when a library call does not come back, SIGALRM's handler writes a
// prepared line and ends the process.
#pragma once

#include <chrono>
#include <string>

namespace arc {

// After `limit`, writes `line` (a line end is added) to standard output and leaves with `status`.
// Once a process; uses ITIMER_REAL. The line is copied. Everything that the handler does is
// async-signal-safe.
void arm_guard(std::chrono::milliseconds limit, std::string line, int status);

// Takes the guard back, when the command is about to print its own result.
void disarm_guard() noexcept;

}  // namespace arc
