// Executes a plan. Several processes may execute it at once, and repeatedly. After a conflict (409,
// or 500 for the loser of a race) and after a write without an answer, the object is read again and
// compared: the broker may have executed the write (observed with a stopped broker).
#pragma once

#include <optional>
#include <span>

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "pulsar/client.hpp"
#include "pulsar/plan.hpp"

namespace arc::pulsar {

// Executes every `create` of `steps` in order and records the result in the step: done; same
// (another process created it); refuse (it now exists, but not as declared); or `create` with the
// broker's reason. Retries a 412 for 5 s, because a broker answers it before its cluster is
// registered. Returns the error that ended the execution: the broker is gone, does not answer,
// fails (5xx) or requires a token.
[[nodiscard]] std::optional<Error> apply(std::span<Step> steps, AdminClient& admin,
                                         Deadline deadline);

}  // namespace arc::pulsar
