// Carries a plan out, over the client port. Each create and update is read back and compared before
// it counts as done.
#pragma once

#include <optional>
#include <vector>

#include "base/deadline.hpp"
#include "nats/client.hpp"
#include "nats/plan.hpp"

namespace arc::nats {

// Marks each step as done, or turns it into a refusal with the server's reason. Another client may
// create the same stream at the same time: the step is done if the stream is as declared. A stream
// that changed after the comparison is not updated. Returns an error that ends the run, if any.
[[nodiscard]] std::optional<Error> apply(Client& client, std::vector<Step>& steps,
                                         Deadline deadline);

}  // namespace arc::nats
