// The agent: the process beside the server that PID 1 starts. It bootstraps what is declared, makes
// the only deep probe of the server, watches with the same verdict as `check`, and leaves what it
// knows in the state directory. It holds no data: it may be killed at any moment.
#pragma once

#include "config/load.hpp"
#include "service.hpp"

namespace arc::agent {

// Where the configuration comes from, and what was found there.
struct Source {
    LoadOptions options;
    std::uint64_t fingerprint = 0;  // of `options`, taken before `loaded`
    Loaded loaded;
};

// Runs until TERM or INT, and ends the process with 0 then: at once, whatever its threads are
// answering.
//
// The configuration is read again when the content of its files changes: the process then executes
// itself, with the new one. One that is wrong is said in every verdict, and ends neither the agent
// nor the server: what was read before stays, and where there was nothing before, the server is not
// asked and nothing is made until it is right.
[[noreturn]] void run(const Service& service, Source source);

}  // namespace arc::agent
