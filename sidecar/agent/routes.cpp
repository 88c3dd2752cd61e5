#include "agent/routes.hpp"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "base/shown.hpp"
#include "base/units.hpp"
#include "health/purpose.hpp"
#include "health/report.hpp"
#include "net/http_client.hpp"

namespace arc::agent {
using namespace http;

namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";

// A worker's own deadline comes first: what it finds out in that time is better than what is known
// without it.
constexpr milliseconds kMargin{500};

struct Probe {
    std::string_view path;
    Purpose purpose;
};
constexpr std::array kProbes{Probe{"/livez", Purpose::live}, Probe{"/readyz", Purpose::ready},
                             Probe{"/startupz", Purpose::startup},
                             Probe{"/memberz", Purpose::member}};
constexpr std::string_view kStop = "/stopz";
constexpr std::string_view kMetrics = "/metrics";

std::string_view path_of(const HttpMessage& request) {
    return std::string_view(request.target).substr(0, request.target.find_first_of("?#"));
}

const Probe* find_probe(std::string_view path) {
    const auto* found = std::ranges::find(kProbes, path, &Probe::path);
    return found == kProbes.end() ? nullptr : found;
}

Reply reply(int status, std::string body, std::string_view type = kText) {
    Reply made;
    made.status = status;
    made.headers = {{"Content-Type", std::string(type)}, {"Cache-Control", "no-store"}};
    made.headers.emplace_back("Content-Length", fmt::format("{}", body.size()));
    made.body = std::make_shared<const std::string>(std::move(body));
    return made;
}

Reply only_read() {
    Reply made = reply(405, "arc-sidecar: this is for GET and HEAD\n");
    made.headers.emplace_back("Allow", "GET, HEAD");
    return made;
}

// `declared`: of the setting ready_scope.
Reply probed(Purpose asked, Purpose declared, const Verdict& verdict) {
    const Purpose purpose = asked == Purpose::ready ? declared : asked;
    return reply(passes(verdict, purpose) ? 200 : 503, text_report({&verdict, 1}, purpose));
}

// Before the first verdict nothing is known: that is no reason to end a server, nor to send it
// work.
Reply not_probed(Purpose purpose) {
    const bool spares = purpose == Purpose::live || purpose == Purpose::member;
    return reply(spares ? 200 : 503, "arc-sidecar: no verdict yet\n");
}

Reply index(int status, bool is_member) {
    return reply(
        status,
        fmt::format("arc-sidecar answers here: /metrics /livez /readyz /startupz /memberz{}\n",
                    is_member ? " /stopz" : ""));
}

Reply may_stop(const std::string& service, const std::optional<StopAnswer>& answer) {
    if (!answer) {
        return reply(503, "arc-sidecar: no answer of the cluster in time\n");
    }
    return reply(answer->kind == StopAnswer::Kind::safe ? 200 : 409,
                 shown(stop_line(service, *answer)) + "\n");
}

bool reads(const HttpMessage& request) {
    return request.method == "GET" || request.method == "HEAD";
}

int status_of(ErrorKind kind) {
    return kind == ErrorKind::timeout ? 504 : kind == ErrorKind::shortage ? 503 : 502;
}

Reply no_monitor(const Error& error) {
    return reply(status_of(error.kind),
                 fmt::format("arc-sidecar: the server's monitor: {}\n", shown(error.text)));
}

Reply passed_on(HttpMessage answer, bool head_only) {
    Reply made;
    made.status = answer.status;
    made.phrase = std::move(answer.phrase);
    made.headers = std::move(answer.headers);
    made.body = head_only ? nullptr : std::make_shared<const std::string>(std::move(answer.body));
    return made;
}

}  // namespace

std::chrono::milliseconds scrape_time(const HttpHeaders& headers, std::chrono::milliseconds own) {
    constexpr const char* kName = "X-Prometheus-Scrape-Timeout-Seconds";
    for (const auto& [name, value] : headers) {
        const double seconds =
            ::strcasecmp(name.c_str(), kName) == 0 ? std::strtod(value.c_str(), nullptr) : 0;
        if (seconds > 0 && seconds < 3600) {
            return std::min(own,
                            std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 900)});
        }
    }
    return own;
}

bool Routes::is_stop(std::string_view path) const {
    return path == kStop && sources_.collector.stop().applies();
}

Pool Routes::pool(const HttpMessage& request) const {
    const std::string_view path = path_of(request);
    if (is_stop(path)) {  // a worker for each request: it asks the cluster
        return reads(request) ? Pool::forward : Pool::immediate;
    }
    const bool probe = find_probe(path) != nullptr;
    if (probe || path == kMetrics) {
        return !reads(request) ? Pool::immediate : probe ? Pool::probe : Pool::scrape;
    }
    return sources_.monitor ? Pool::forward : Pool::immediate;
}

milliseconds Routes::time_limit(const HttpMessage& request) const {
    const milliseconds own = *sources_.config.timeout + kMargin;
    return path_of(request) == kMetrics ? scrape_time(request.headers, own) : own;
}

Reply Routes::answer_now(const HttpMessage& request) {
    const std::string_view path = path_of(request);
    const Probe* probe = find_probe(path);
    if ((probe != nullptr || path == kMetrics || is_stop(path)) && !reads(request)) {
        return only_read();
    }
    if (probe != nullptr) {
        const auto told = sources_.verdicts.last();
        return told.count == 0 ? not_probed(probe->purpose)
                               : probed(probe->purpose, sources_.config.readiness(), told.verdict);
    }
    if (path == kMetrics) {
        std::string text = sources_.collector.late_text();
        return text.empty() ? reply(503, "arc-sidecar: no verdict yet\n")
                            : reply(200, std::move(text), metrics::kContentType);
    }
    if (is_stop(path)) {
        return may_stop({}, std::nullopt);
    }
    const std::string within = format_duration(*sources_.config.timeout);
    return sources_.monitor
               ? no_monitor({ErrorKind::timeout, fmt::format("did not answer within {}", within)})
               : index(path == "/" ? 200 : 404, sources_.collector.stop().applies());
}

Handler::Rendering Routes::ask(Pool pool) {
    const Deadline deadline = Deadline::after(*sources_.config.timeout);
    if (pool == Pool::probe) {
        const auto told = sources_.verdicts.at_most(kProbeAge, deadline);
        std::array<Reply, kProbes.size()> replies;
        std::ranges::transform(kProbes, replies.begin(), [&](const Probe& probe) {
            return probed(probe.purpose, sources_.config.readiness(), told.verdict);
        });
        return [replies = std::move(replies)](const HttpMessage& request) {
            return replies.at(
                static_cast<std::size_t>(find_probe(path_of(request)) - kProbes.data()));
        };
    }
    return [scraped = reply(200, sources_.collector.text(deadline), metrics::kContentType)](
               const HttpMessage&) { return scraped; };
}

// A connection for each: the monitor is on loopback, and a kept one would have to be watched for
// its end.
Reply Routes::forward(const HttpMessage& request) {
    if (is_stop(path_of(request))) {
        const Deadline deadline = Deadline::after(*sources_.config.timeout);
        return may_stop(*sources_.config.service,
                        sources_.collector.stop().at_most(kProbeAge, deadline));
    }
    if (!sources_.monitor) {
        return no_monitor({ErrorKind::config, "none"});
    }
    const Config& config = sources_.config;
    HttpClient http{sources_.monitor->url,
                    {.bearer = {}, .max_body = sources_.max_passed, .tls = sources_.monitor->tls}};
    auto answer = http.forward(request, Deadline::after(*config.timeout));
    return answer ? passed_on(std::move(*answer), request.method == "HEAD")
                  : no_monitor(answer.error());
}

}  // namespace arc::agent
