// The sidecar's own series, arc_sidecar_*. They are the same for all services and have the label
// `service`. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "health/verdict.hpp"
#include "metrics/exposition.hpp"
#include "metrics/source.hpp"
#include "state/state.hpp"

namespace arc::metrics {

struct Own {
    Verdict verdict;  // the last one
    // The scrape of the service's series. For a service without one, derived from the verdict.
    Scrape scrape;
    std::chrono::microseconds scraping{0};  // duration of the scrape
    std::uint64_t checks = 0;               // number of verdicts of this process
    std::optional<Phase> phase;             // of the bootstrap; nullopt without an agent
    // The other members can do without this one; nullopt: no member of a cluster, or no answer in
    // time.
    std::optional<bool> may_stop = std::nullopt;
};

// Whether a server without a scrape is up, judged by its verdict: it answers and is not starting.
[[nodiscard]] bool answers(const Verdict& verdict) noexcept;

void expose_own(const Own& own, Exposition& exposition);

}  // namespace arc::metrics
