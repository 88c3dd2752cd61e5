// Whether the JetStream that answers on a connection is that of the server whose monitor is asked.
// Over a leaf node, a gateway, or a mapping or an import of $JS.API.>, it is another one's, and
// this server's monitor knows nothing of the files there (measured on 2.10.27: a leaf without
// JetStream, and one with JetStream and a mapping to its hub's domain).
#pragma once

#include <string>

#include "base/deadline.hpp"
#include "nats/client.hpp"
#include "nats/config.hpp"
#include "nats/facts.hpp"

namespace arc::nats {

// What the monitor's server says of JetStream for the account of this connection: /connz, then /jsz
// (2.9.10 to 2.15). Errors as ask_monitor(), and protocol where the connection is not among the
// server's.
[[nodiscard]] Result<AccountJetStream> account_jetstream(const Client& client,
                                                         const NatsConfig& config,
                                                         Deadline deadline);

// Why the requests that were answered on this connection since `before` were not answered by the
// monitor's server, or, in a cluster, not by a server of its JetStream domain. Empty: they were. In
// a cluster one more request is made, $JS.API.INFO.
[[nodiscard]] std::string another_server(Client& client, const NatsConfig& config,
                                         const Result<AccountJetStream>& before, Deadline deadline);

// The decision for a server that is in no cluster. At least one request was answered on the
// connection in between. Pure.
[[nodiscard]] std::string another_server(const AccountJetStream& before,
                                         const AccountJetStream& after);

}  // namespace arc::nats
