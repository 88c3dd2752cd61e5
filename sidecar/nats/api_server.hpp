// Whether the JetStream that answers on a connection belongs to the server of the monitor. Over a
// leaf node, a gateway, or a mapping or an import of $JS.API.>, it belongs to another server, whose
// files this monitor does not know (measured on 2.10.27: a leaf without JetStream, and one with
// JetStream and a mapping to its hub's domain).
#pragma once

#include <string>

#include "base/deadline.hpp"
#include "nats/client.hpp"
#include "nats/config.hpp"
#include "nats/facts.hpp"

namespace arc::nats {

// JetStream of the account of this connection: /connz, then /jsz (2.9.10 to 2.15). Errors as
// ask_monitor(), and protocol if the server does not have this connection.
[[nodiscard]] Result<AccountJetStream> account_jetstream(const Client& client,
                                                         const NatsConfig& config,
                                                         Deadline deadline);

// Why the answers on this connection since `before` are not from the monitor's server or, in a
// cluster, its JetStream domain. Empty: they are. In a cluster it sends $JS.API.INFO, too.
[[nodiscard]] std::string another_server(Client& client, const NatsConfig& config,
                                         const Result<AccountJetStream>& before, Deadline deadline);

// The decision for a server that is in no cluster. At least one request was answered on the
// connection in between. Pure.
[[nodiscard]] std::string another_server(const AccountJetStream& before,
                                         const AccountJetStream& after);

}  // namespace arc::nats
