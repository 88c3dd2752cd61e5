#include "nats/server_info.hpp"

#include "net/url.hpp"

namespace arc::nats {

void apply_server_info(const ServerInfo& info, Config& config) {
    Setting<Url>& monitor = config_of(config).monitor_url;
    const std::string& where = monitor.origin.where;
    const bool chosen = where.starts_with("ARC_") || where.starts_with("--");
    const std::string scheme = info.monitor_tls ? "https" : "http";
    if (chosen || !is_loopback(monitor->host) ||
        (monitor->port == info.monitor_port && monitor->scheme == scheme)) {
        return;
    }
    monitor.value.port = info.monitor_port;
    monitor.value.scheme = scheme;
    monitor.origin.where = "the server's own configuration";
}

}  // namespace arc::nats
