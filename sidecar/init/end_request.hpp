// The agent's request that PID 1 ends a server that hangs: a TERM with a value. After it, PID 1
// exits with a failure, so that a restart policy acts, and kills a server that does not stop. An
// ordinary TERM has neither effect.
#pragma once

#include "init/signals.hpp"

namespace arc::init {

// Sends the request to `init`. Returns 0 or the errno of sigqueue(3).
[[nodiscard]] int ask_for_end(pid_t init);

// Whether `signal` is a request from the agent. A request from another process is ignored. Pure.
[[nodiscard]] bool is_end_request(const Received& signal, pid_t agent) noexcept;

}  // namespace arc::init
