// `arc-sidecar run`: PID 1 of the images.
//
// The order of the first steps is the point of this file:
//   1. block all signals: none can kill PID 1 or be lost from here on
//   2. read the command line
//   3. close inherited descriptors, open missing ones, become the reaper of orphans
//   4. preflight: may the server start at all
//   5. a TERM that came until now: leave at once, there is nothing to stop
//   6. start the server; from here on PID 1 does not give up before the server has ended
// One thread, no client library, nothing parsed from outside but the command line and /proc.
#pragma once

#include <span>

#include "init/options.hpp"
#include "init/sys.hpp"

namespace arc::init {

// `argc` and `argv` are what stands behind the word `run`. Returns the exit code of the process
// (see exit_codes.hpp): the server's own, or 128 + the signal that ended it. Call it before
// anything else is set up (no thread, no descriptor, no signal handler).
[[nodiscard]] int run(int argc, char** argv);

// The same on any machine, for tests.
[[nodiscard]] int run(Sys& sys, std::span<const char* const> words, const Environment& environment);

}  // namespace arc::init
