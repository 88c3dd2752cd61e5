#include "nats/monitor.hpp"

#include <fmt/format.h>

#include "nats/wire.hpp"
#include "net/http_client.hpp"

namespace arc::nats {
namespace {

// "answered 404 to /varz" for a peer that speaks HTTP and is something else.
Error foreign(const Url& monitor, std::string_view path, int status) {
    return {ErrorKind::protocol,
            fmt::format("{} answers {} with HTTP {} and is not a nats-server's monitor",
                        host_and_port(monitor.host, monitor.port), path, status)};
}

}  // namespace

Result<MonitorFacts> ask_monitor(const Url& monitor, Deadline deadline, const TlsOptions& tls) {
    HttpClient http{monitor, {.bearer = {}, .tls = tls}};
    const auto healthz = http.get("/healthz?details=true", deadline);
    if (!healthz) {
        return std::unexpected(healthz.error());
    }
    auto health = parse_healthz(healthz->status, healthz->body);
    if (!health) {
        return std::unexpected(foreign(monitor, "/healthz", healthz->status));
    }
    const auto answer = http.get("/varz", deadline);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    auto varz = parse_varz(answer->body);
    if (!varz) {
        return std::unexpected(foreign(monitor, "/varz", answer->status));
    }
    return MonitorFacts{std::move(*health), std::move(*varz)};
}

}  // namespace arc::nats
