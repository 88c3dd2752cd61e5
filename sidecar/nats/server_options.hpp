// What a nats-server takes from its command line and its configuration, as far as the sidecar needs
// it. Pure. nats-server 2.10 to 2.15.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "nats/server_config.hpp"

namespace arc::nats {

// The initial values are the server's defaults.
struct ServerOptions {
    std::string program;      // as it was typed; read_server_options() does not know it
    std::string config_file;  // empty: none
    // --version, --help, -t, --signal: it exits at once and uses no store
    bool only_tells = false;
    std::string server_name;  // empty: a random one
    std::string host = "0.0.0.0";
    std::int64_t port = 4222;     // of clients; -1: the server chooses
    bool tls = false;             // of clients, and of the monitor on https_port
    std::string http_host;        // of the monitor
    std::int64_t http_port = 0;   // 0: no monitor on HTTP; -1: the server chooses
    std::int64_t https_port = 0;  // likewise, on HTTPS; never both
    std::string base_path;        // of the monitor: empty, or "/nats" without a slash at its end
    bool jetstream = false;
    std::string store;            // JetStream's directory, as the server names it
    std::int64_t max_memory = 0;  // bytes, max_memory_store; 0: not limited
    bool clustered = false;       // listens for the other servers of a cluster
    std::string cluster_name;
    // of the other servers, as they are written: "nats://user:password@nats-1:6222"
    std::vector<std::string> routes;
};

[[nodiscard]] constexpr bool has_monitor(const ServerOptions& server) noexcept {
    return server.http_port != 0 || server.https_port != 0;
}

// `arguments` follow nats-server on the command line. The error says what the server would reject,
// or what has no certain meaning: "/etc/nats/nats.conf:3: http_port is not a number". Values of
// settings that ServerOptions does not have are not examined.
[[nodiscard]] std::expected<ServerOptions, std::string> read_server_options(
    std::span<const std::string> arguments, const ConfSources& sources);

}  // namespace arc::nats
