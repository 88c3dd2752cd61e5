#include "nats/monitor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "nats/wire.hpp"
#include "net/http_client.hpp"

namespace arc::nats {
namespace {

constexpr std::chrono::milliseconds kRetryPause{50};  // a stream is created within milliseconds
constexpr int kMaxTries = 3;

// Of a peer that speaks HTTP and does not answer as a monitor does.
Error foreign(const Url& monitor, std::string_view path, const HttpResponse& answer) {
    const std::string peer = host_and_port(monitor.host, monitor.port);
    return {ErrorKind::protocol,
            fmt::format("{} answers {}{} with HTTP {} and is not a nats-server's monitor{}", peer,
                        monitor.path, path, answer.status,
                        answer.status == 404 ? ", or has another http_base_path" : "")};
}

Result<MonitorFacts> ask_once(HttpClient& http, const Url& monitor, Deadline deadline) {
    const auto healthz = http.get("/healthz?details=true", deadline);
    if (!healthz) {
        return std::unexpected(healthz.error());
    }
    auto health = parse_healthz(healthz->status, healthz->body);
    if (!health) {
        return std::unexpected(foreign(monitor, "/healthz", *healthz));
    }
    const auto answer = http.get("/varz", deadline);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    auto varz = parse_varz(answer->body);
    if (!varz) {
        return std::unexpected(foreign(monitor, "/varz", *answer));
    }
    return MonitorFacts{std::move(*health), std::move(*varz)};
}

}  // namespace

Result<MonitorFacts> ask_monitor(const NatsConfig& config, Deadline deadline) {
    HttpClient http{*config.monitor_url, {.bearer = {}, .tls = monitor_tls(config)}};
    auto facts = ask_once(http, *config.monitor_url, deadline);
    for (int tries = 1;
         tries < kMaxTries && facts && std::ranges::any_of(facts->health.problems, is_damaged);
         ++tries) {
        std::this_thread::sleep_for(
            std::min<Deadline::Duration>(kRetryPause, deadline.remaining()));
        auto again = ask_once(http, *config.monitor_url, deadline);
        if (!again) {
            break;
        }
        facts = std::move(again);
    }
    return facts;
}

}  // namespace arc::nats
