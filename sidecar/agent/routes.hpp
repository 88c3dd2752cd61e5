// What the agent answers over HTTP: /metrics, /livez, /readyz, /startupz, /memberz, and /stopz of a
// cluster's member. Where it listens on
// the port of the server's monitor, it passes on every other path to the monitor, unchanged.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/collector.hpp"
#include "config/config.hpp"
#include "http/listen.hpp"
#include "http/server.hpp"

namespace arc::agent {

// What answers come from. All must outlive the Routes.
struct Sources {
    const Config& config;
    VerdictCache& verdicts;
    Collector& collector;
    // gets what is passed on; nothing: every other path is 404
    std::optional<Monitor> monitor;
    // bytes of an answer of the monitor; a longer one is 502
    std::size_t max_passed = std::size_t{16} * 1024 * 1024;
};

// A probe's answer is taken from a verdict of at most this age, so that many probes cost one check.
inline constexpr std::chrono::milliseconds kProbeAge{1'000};

// The longest that a scrape may take: `own`, and less where the scraper says how long it waits
// (Prometheus does, in X-Prometheus-Scrape-Timeout-Seconds): nine tenths of that. It counts for the
// scraper's own answer alone. Pure.
[[nodiscard]] std::chrono::milliseconds scrape_time(const HttpHeaders& headers,
                                                    std::chrono::milliseconds own);

class Routes final : public http::Handler {
public:
    explicit Routes(Sources sources) : sources_(std::move(sources)) {}

    [[nodiscard]] http::Pool pool(const HttpMessage& request) const override;
    [[nodiscard]] std::chrono::milliseconds time_limit(const HttpMessage& request) const override;

    // 405, 404 and the index; a probe from the last verdict, a scrape that says so (up 0), 504 for
    // the monitor.
    [[nodiscard]] http::Reply answer_now(const HttpMessage& request) override;

    [[nodiscard]] http::Handler::Rendering ask(http::Pool pool) override;
    [[nodiscard]] http::Reply forward(const HttpMessage& request) override;

private:
    // /stopz of a cluster's member
    [[nodiscard]] bool is_stop(std::string_view path) const;

    Sources sources_;
};

}  // namespace arc::agent
