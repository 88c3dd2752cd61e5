// The monitoring port (HTTP): the server's own view of damaged streams, and where and with what
// limits JetStream stores.
#pragma once

#include "base/deadline.hpp"
#include "nats/facts.hpp"
#include "net/tls_options.hpp"
#include "net/url.hpp"

namespace arc::nats {

// Two requests on one connection: /healthz?details=true and /varz.
// `tls` is for https. Errors: tls, config, refused, timeout, unreachable, unresolved; protocol when
// something else than a nats-server answers.
[[nodiscard]] Result<MonitorFacts> ask_monitor(const Url& monitor, Deadline deadline,
                                               const TlsOptions& tls = {});

}  // namespace arc::nats
