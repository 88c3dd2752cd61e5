// The agent: the process beside the server that PID 1 starts. It bootstraps what is declared, makes Pulsar's only deep probe, watches with the
// same verdict as `check`, and leaves what it knows in the state directory. It holds no data: it may be killed at any moment.
#pragma once

#include "service.hpp"

namespace arc::agent {

// Runs until TERM or INT, and ends the process with 0 then: at once, whatever its threads are answering.
[[noreturn]] void run(const Service& service, const Config& config);

}  // namespace arc::agent
