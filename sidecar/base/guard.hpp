// The last resort for a deadline. If a library call does not return, the handler of SIGALRM writes
// a prepared line and exits.
#pragma once

#include <chrono>
#include <string>

namespace arc {

// After `limit`, the handler writes `line` and a line end to standard output and exits with
// `status`. Call it at most once per process. It uses ITIMER_REAL and copies the line. The handler
// is async-signal-safe.
void arm_guard(std::chrono::milliseconds limit, std::string line, int status);

// Disarms the guard. Call it before the command prints its own result.
void disarm_guard() noexcept;

}  // namespace arc
