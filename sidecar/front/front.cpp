#include "front/front.hpp"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "health/purpose.hpp"
#include "health/report.hpp"
#include "net/http.hpp"
#include "text/shown.hpp"

namespace arc::front {
namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";

// The longest answer of the monitor that is passed on: /connz of 65,536 connections has about 40 MB.
constexpr std::size_t kMaxPassed = std::size_t{128} * 1024 * 1024;

struct Probe {
    std::string_view path;
    Purpose purpose;
};
constexpr std::array kProbes{Probe{"/livez", Purpose::live}, Probe{"/readyz", Purpose::ready}, Probe{"/startupz", Purpose::startup}};
constexpr std::string_view kMetrics = "/metrics";

std::string_view path_of(const HttpMessage& request) {
    return std::string_view(request.target).substr(0, request.target.find_first_of("?#"));
}

const Probe* find_probe(std::string_view path) {
    const auto* found = std::ranges::find(kProbes, path, &Probe::path);
    return found == kProbes.end() ? nullptr : found;
}

HttpMessage reply(int status, std::string body, std::string_view type = kText) {
    HttpMessage message;
    message.status = status;
    message.headers = {{"Content-Type", std::string(type)}, {"Cache-Control", "no-store"}};
    message.headers.emplace_back("Content-Length", fmt::format("{}", body.size()));
    message.body = std::move(body);
    return message;
}

HttpMessage only_read() {
    HttpMessage message = reply(405, "arc-sidecar: this is for GET and HEAD\n");
    message.headers.emplace_back("Allow", "GET, HEAD");
    return message;
}

HttpMessage probed(const Probe& probe, const Sources& sources) {
    const auto told = sources.verdicts.at_most(kProbeAge, Deadline::after(*sources.config.timeout));
    const bool passed = passes(told.verdict, probe.purpose);
    return reply(passed ? 200 : 503, text_report({&told.verdict, 1}, probe.purpose));
}

HttpMessage index(int status) {
    return reply(status, "arc-sidecar answers here: /metrics /livez /readyz /startupz\n");
}

int status_of(ErrorKind kind) {
    return kind == ErrorKind::timeout ? 504 : 502;
}

// A connection for each: the monitor is on loopback, and a kept one would have to be watched for its end.
HttpMessage passed_on(const HttpMessage& request, const Url& monitor, const Config& config) {
    HttpClient http{monitor, {.bearer = {}, .max_body = kMaxPassed, .tls = tls_options(config.nats.tls, "ARC_NATS_")}};
    auto answer = http.forward(request, Deadline::after(*config.timeout));
    if (!answer) {
        return reply(status_of(answer.error().kind), fmt::format("arc-sidecar: the server's monitor: {}\n", shown(answer.error().text)));
    }
    // A body that came in pieces goes out whole.
    const auto length =
        std::ranges::find_if(answer->headers, [](const auto& field) { return ::strcasecmp(field.first.c_str(), "content-length") == 0; });
    if (length == answer->headers.end() && request.method != "HEAD") {
        answer->headers.emplace_back("Content-Length", fmt::format("{}", answer->body.size()));
    }
    return std::move(*answer);
}

}  // namespace

std::chrono::milliseconds scrape_time(const HttpHeaders& headers, std::chrono::milliseconds own) {
    constexpr const char* kName = "X-Prometheus-Scrape-Timeout-Seconds";
    for (const auto& [name, value] : headers) {
        const double seconds = ::strcasecmp(name.c_str(), kName) == 0 ? std::strtod(value.c_str(), nullptr) : 0;
        if (seconds > 0 && seconds < 3600) {
            return std::min(own, std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 900)});
        }
    }
    return own;
}

Lane lane_of(const HttpMessage& request) {
    const std::string_view path = path_of(request);
    return path == kMetrics || find_probe(path) != nullptr ? Lane::own : Lane::passed;
}

HttpMessage answer(const HttpMessage& request, const Sources& sources) {
    const std::string_view path = path_of(request);
    const Probe* probe = find_probe(path);
    if (path != kMetrics && probe == nullptr) {
        return sources.monitor ? passed_on(request, *sources.monitor, sources.config) : index(path == "/" ? 200 : 404);
    }
    if (request.method != "GET" && request.method != "HEAD") {
        return only_read();
    }
    if (probe != nullptr) {
        return probed(*probe, sources);
    }
    const auto time = scrape_time(request.headers, *sources.config.timeout);
    return reply(200, sources.collector.text(Deadline::after(time)), metrics::kContentType);
}

}  // namespace arc::front
