// What the configuration of a cluster's member contradicts.
#pragma once

#include <string>
#include <vector>

#include "config/cluster.hpp"
#include "nats/cluster_facts.hpp"
#include "nats/server_options.hpp"
#include "preflight/preflight.hpp"

namespace arc::nats {

// By the server's own configuration alone. Pure.
void inspect_member(const ServerOptions& server, const ClusterConfig& cluster,
                    preflight::Report& report);

// A member that runs and has the name that this server will have. Pure.
void inspect_names(const ServerOptions& server, const ClusterView& cluster,
                   preflight::Report& report);

// The host of a route: "nats-1" of "nats://user:password@nats-1:6222". Pure.
[[nodiscard]] std::string host_of_route(std::string_view route);

}  // namespace arc::nats
