#include "nats/cluster_gather.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

#include "nats/cluster_wire.hpp"
#include "nats/config.hpp"
#include "nats/wire.hpp"
#include "net/http_client.hpp"

namespace arc::nats {
namespace {

// The port of the agent, and of a monitor without an agent.
constexpr std::uint16_t kMemberPort = 8222;
// The facts of 10,000 streams with consumers.
constexpr std::size_t kMaxBody = std::size_t{32} * 1024 * 1024;

HttpClient client_of(const Url& url, const NatsConfig& config) {
    TlsOptions tls = tls_of(config);
    tls.url = "MONITOR_URL";
    return {url, {.bearer = {}, .max_body = kMaxBody, .tls = std::move(tls)}};
}

Result<std::string> body_of(HttpClient& http, std::string_view path, Deadline deadline) {
    return http.get(path, deadline).and_then([&](HttpResponse answer) -> Result<std::string> {
        if (answer.status != 200) {
            return fail(ErrorKind::protocol, fmt::format("HTTP {}", answer.status));
        }
        return std::move(answer.body);
    });
}

Result<ServerView> view_of(HttpClient& http, Look look, Deadline deadline) {
    const auto varz = body_of(http, "/varz", deadline);
    if (!varz) {
        return std::unexpected(varz.error());
    }
    const std::string_view question = look == Look::everything ? kClusterQuestion : "/jsz";
    return body_of(http, question, deadline).and_then([&](const std::string& jsz) {
        return parse_server_view(*varz, jsz);
    });
}

// What the server says of itself before it is ready for the first time.
std::optional<std::string> why_busy(HttpClient& http, Deadline deadline) {
    const auto answer = http.get("/healthz?details=true", deadline);
    const auto health =
        answer ? parse_healthz(answer->status, answer->body) : std::unexpected(answer.error());
    if (!health) {
        return std::nullopt;
    }
    const auto starting = [](const HealthProblem& problem) {
        return problem.text.contains("still recovering") ||
               problem.text.contains("failed to be ready");
    };
    const auto found = std::ranges::find_if(health->problems, starting);
    return found == health->problems.end() ? std::nullopt : std::optional{found->text};
}

void ask_self(ClusterView& cluster, const NatsConfig& config, Look look, Deadline deadline) {
    HttpClient http = client_of(*config.monitor_url, config);
    cluster.self = view_of(http, look, deadline);
    if (cluster.self && look == Look::everything) {
        cluster.busy = why_busy(http, deadline);
    }
}

}  // namespace

ClusterView look_at_cluster(const Config& config, Deadline deadline, Look look) {
    const NatsConfig& nats = config_of(config);
    const auto unasked = [] { return fail(ErrorKind::shortage, "not asked: no thread or memory"); };
    ClusterView cluster{.self = unasked(), .busy = {}, .members = {}};
    for (const HostPort& member : *config.cluster.members) {
        const std::uint16_t port = member.port == 0 ? kMemberPort : member.port;
        cluster.members.push_back({host_and_port(member.host, port), unasked()});
    }
    std::vector<std::jthread> asking;
    try {
        for (std::size_t i = 0; i < cluster.members.size(); ++i) {
            const HostPort& member = (*config.cluster.members)[i];
            Url url = *nats.monitor_url;
            url.host = member.host;
            url.port = member.port == 0 ? kMemberPort : member.port;
            asking.emplace_back([&nats, &view = cluster.members[i].view, url, look, deadline] {
                try {
                    HttpClient http = client_of(url, nats);
                    view = view_of(http, look, deadline);
                } catch (const std::bad_alloc&) {  // the member keeps its error
                }
            });
        }
    } catch (const std::system_error&) {  // the others keep the error
    }
    ask_self(cluster, nats, look, deadline);
    return cluster;
}

Result<std::string> name_of_server(const Config& config, Deadline deadline) {
    HttpClient http = client_of(*config_of(config).monitor_url, config_of(config));
    return body_of(http, "/varz", deadline).and_then([](const std::string& varz) {
        std::string name = parse_server_name(varz);
        return name.empty() ? fail(ErrorKind::protocol, "/varz is not a nats-server's")
                            : Result<std::string>{std::move(name)};
    });
}

}  // namespace arc::nats
