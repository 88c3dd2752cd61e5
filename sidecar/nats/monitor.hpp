// The monitoring port (HTTP): the server's own view of damaged streams, and where and with what
// limits JetStream stores.
#pragma once

#include "base/deadline.hpp"
#include "nats/facts.hpp"

namespace arc::nats {

// /healthz?details=true and /varz on one connection. A stream that is just being created or deleted
// looks damaged for a moment (its folder exists, the stream not yet), so a damaged one is asked
// about again before it is believed. Errors: tls, config, refused, timeout, unreachable,
// unresolved; protocol when something else than a nats-server answers.
[[nodiscard]] Result<MonitorFacts> ask_monitor(const NatsConfig& config, Deadline deadline);

}  // namespace arc::nats
