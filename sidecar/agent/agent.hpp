// The agent: the process beside the server that PID 1 starts. It bootstraps what is declared, makes Pulsar's only deep probe, watches with the
// same verdict as `check`, and leaves what it knows in the state directory. It holds no data: it may be killed at any moment.
#pragma once

#include "service.hpp"

namespace arc::agent {

// Runs until TERM or INT. Returns the exit code: 0.
[[nodiscard]] int run(const Service& service, const Config& config);

}  // namespace arc::agent
