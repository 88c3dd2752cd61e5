// Asks the members of a cluster over HTTP.
#pragma once

#include <string>

#include "base/deadline.hpp"
#include "config/config.hpp"
#include "nats/cluster_facts.hpp"

namespace arc::nats {

// What is asked: the groups of all streams and consumers, or the meta group only.
enum class Look { everything, members };

// The declared members at the same time, and this server by its own monitor. Each member is asked
// at its address, where its agent forwards the request to its monitor, or its monitor answers. A
// member that does not answer by the deadline has an error.
[[nodiscard]] ClusterView look_at_cluster(const Config& config, Deadline deadline,
                                          Look look = Look::everything);

// The name of this server (server_name), by its monitor.
[[nodiscard]] Result<std::string> name_of_server(const Config& config, Deadline deadline);

}  // namespace arc::nats
