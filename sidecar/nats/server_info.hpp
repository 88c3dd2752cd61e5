// The settings of the nats-server in a command line.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>

#include "nats/config.hpp"
#include "nats/server_options.hpp"
#include "state/state.hpp"

namespace arc::nats {

// Reads the server's configuration file and this process's environment. The error says what could
// not be read, or why the command does not start a nats-server.
[[nodiscard]] std::expected<ServerOptions, std::string> read_server(
    std::span<const std::string> command);

// Whether the command starts a nats-server for certain.
[[nodiscard]] bool finds_server(std::span<const std::string> command);

// "nats://0.0.0.0:4222" and "http://0.0.0.0:8222/nats". Empty if there is no such port, or if the
// server chooses it.
[[nodiscard]] std::string client_url_of(const ServerOptions& server);
[[nodiscard]] std::string monitor_url_of(const ServerOptions& server);

// nullopt where read_server() fails.
[[nodiscard]] std::optional<ServerInfo> read_server_info(std::span<const std::string> command);

// A URL on loopback that neither the environment nor a flag set becomes that of the server. If the
// server listens on all addresses, the host stays.
void apply_server_info(const ServerInfo& info, Config& config);

}  // namespace arc::nats
