// `arc-sidecar run`: PID 1 of the images.
//
// The order of the first steps matters:
//   1. block all signals, so that none can kill PID 1 or be lost
//   2. read the command line
//   3. close inherited descriptors, open missing ones, become the reaper of orphans
//   4. run preflight, which decides whether the server may start
//   5. exit if a TERM arrived until now, because there is no server to stop
//   6. start the server. From here on PID 1 does not exit before the server
// PID 1 has one thread, uses no client library, and parses only the command line and /proc.
#pragma once

#include <span>

#include "init/options.hpp"
#include "init/sys.hpp"

namespace arc::init {

// `argc` and `argv` are the arguments after `run`. Returns the exit code of the process
// (base/exit_codes.hpp): the server's own, or 128 + the signal that ended it. The process must not
// have other threads, descriptors or signal handlers yet.
[[nodiscard]] int run(int argc, char** argv);

// The same with any system calls, for tests.
[[nodiscard]] int run(Sys& sys, std::span<const char* const> words, const Environment& environment);

}  // namespace arc::init
