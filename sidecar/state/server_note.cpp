#include "state/server_note.hpp"

namespace arc {

bool is_loopback(std::string_view host) noexcept {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

void apply(const ServerNote& note, Config& config) {
    Setting<Url>& monitor = config.nats.monitor_url;
    const std::string& where = monitor.origin.where;
    const bool chosen = where.starts_with("ARC_") || where.starts_with("--");
    const std::string scheme = note.monitor_tls ? "https" : "http";
    if (chosen || !is_loopback(monitor->host) ||
        (monitor->port == note.monitor_port && monitor->scheme == scheme)) {
        return;
    }
    monitor.value.port = note.monitor_port;
    monitor.value.scheme = scheme;
    monitor.origin.where = "the server's own configuration";
}

}  // namespace arc
