// What the agent answers over HTTP: /metrics, /livez, /readyz and /startupz; for NATS, where it stands in the place of the server's
// monitoring port, every other path is the monitor's, passed on unchanged.
#pragma once

#include <functional>
#include <memory>
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
    std::optional<Url> monitor;  // of the server behind, for what is passed on; nothing: what is not ours is 404
};

// A probe's answer is taken from a verdict of at most this age, so that many probes cost one check.
inline constexpr std::chrono::milliseconds kProbeAge{1'000};

// The longest that a scrape may take: `own`, and less where the scraper says how long it waits (Prometheus does, in
// X-Prometheus-Scrape-Timeout-Seconds): nine tenths of that. Pure.
[[nodiscard]] std::chrono::milliseconds scrape_time(const HttpHeaders& headers, std::chrono::milliseconds own);

// One request's answer, and which workers it is for.
[[nodiscard]] HttpMessage answer(const HttpMessage& request, const Sources& sources);
[[nodiscard]] Lane lane_of(const HttpMessage& request);

}  // namespace arc::front
