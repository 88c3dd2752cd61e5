// The monitoring port in the command line and the configuration of a nats-server.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "nats/config.hpp"
#include "state/state.hpp"

namespace arc::nats {

// nullopt where the command does not start a nats-server, its configuration cannot be read, or the
// port is off or chosen by the server.
[[nodiscard]] std::optional<ServerInfo> read_server_info(std::span<const std::string> command);

// Where monitor_url is on loopback and neither the environment nor a flag set it, its port and
// scheme become those of the server.
void apply_server_info(const ServerInfo& info, Config& config);

}  // namespace arc::nats
