// Carries a plan out, over the client port. Each create and update is read back and compared before
// it counts as done.
#pragma once

#include <optional>
#include <vector>

#include "base/deadline.hpp"
#include "nats/client.hpp"
#include "nats/plan.hpp"

namespace arc::nats {

// Marks each step as done, or turns it into a refusal with the server's reason. Somebody else who
// creates the same stream at the same time is no error: what counts is that it is there as
// declared. A stream that was changed since it was compared is not updated. The error, if any, is
// one after which nothing more can be said.
[[nodiscard]] std::optional<Error> apply(Client& client, std::vector<Step>& steps,
                                         Deadline deadline);

}  // namespace arc::nats
