// What the agent answers over HTTP: /metrics, /livez, /readyz and /startupz; for NATS, where it
// stands in the place of the server's monitoring port, every other path is the monitor's, passed on
// unchanged.
#pragma once

#include <optional>
#include <string>

#include "config/config.hpp"
#include "front/listen.hpp"
#include "front/server.hpp"
#include "metrics/collector.hpp"

namespace arc::front {

// What answers come from. All must outlive the Front.
struct Sources {
    const Config& config;
    metrics::Verdicts& verdicts;
    metrics::Collector& collector;
    // of the server behind, for what is passed on; nothing: what is not ours is 404
    std::optional<Url> monitor;
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

class Front final : public Handler {
public:
    explicit Front(Sources sources) : sources_(std::move(sources)) {}

    [[nodiscard]] Lane lane(const HttpMessage& request) const override;
    [[nodiscard]] milliseconds patience(const HttpMessage& request) const override;

    // 405, 404 and the index; a probe from the last verdict, a scrape that says so (up 0), 504 for
    // the monitor.
    [[nodiscard]] Reply at_once(const HttpMessage& request) override;

    [[nodiscard]] Rendering ask(Lane lane) override;
    [[nodiscard]] Reply pass(const HttpMessage& request) override;

private:
    Sources sources_;
};

}  // namespace arc::front
