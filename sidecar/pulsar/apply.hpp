// Carries out a plan. Safe to run twice and by several at once: what somebody else made meanwhile
// (409, or 500 for the loser of a race) is read and compared, and so is a write that got no answer,
// because the broker may have done it all the same (observed with a stopped one).
#pragma once

#include <optional>
#include <span>

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "pulsar/client.hpp"
#include "pulsar/plan.hpp"

namespace arc::pulsar {

// Does every `create` of `steps` in order and writes down what came of it: done, same (another run
// was faster), refuse (there now, and not as declared), or still `create` with the broker's reason.
// A 412 is tried again for 5 s, since it is what a broker says whose cluster is only being
// registered. Returns the error that stopped it: the broker is gone, silent, in trouble (5xx) or
// wants a token.
[[nodiscard]] std::optional<Error> apply(std::span<Step> steps, AdminClient& admin,
                                         Deadline deadline);

}  // namespace arc::pulsar
