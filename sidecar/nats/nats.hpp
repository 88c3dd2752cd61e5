// The check of the service, and its bootstrap.
#pragma once

#include "base/deadline.hpp"
#include "bootstrap/plan.hpp"
#include "health/verdict.hpp"
#include "nats/config.hpp"

namespace arc::nats {

// One connection to the client port for JetStream and the declared streams, one to the monitoring
// port for damaged streams and the store's limits, and a look at the store's disk where it is
// visible from here.
[[nodiscard]] Verdict check(const Config& config, Deadline deadline);
// Creates the declared streams that are missing, after the rules of plan.hpp. Several runs at once
// are safe.
[[nodiscard]] BootstrapReport bootstrap(const Config& config, const BootstrapOptions& options,
                                        Deadline deadline);

}  // namespace arc::nats
