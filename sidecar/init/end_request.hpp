// How the agent asks PID 1 to end a server that hangs: with a TERM that carries a value, so that it
// is told from a request to stop. The two differ in what follows: PID 1 leaves with a failure, so
// that a restart policy acts, and a server that does not obey is killed.
#pragma once

#include "init/signals.hpp"

namespace arc::init {

// Sends it to `init`. 0, or the errno of sigqueue(3).
[[nodiscard]] int ask_for_end(pid_t init);

// Believed of the agent alone. Pure.
[[nodiscard]] bool is_end_request(const Received& signal, pid_t agent) noexcept;

}  // namespace arc::init
