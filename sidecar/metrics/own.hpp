// The series that are ours: arc_sidecar_*, the same for all three services, each with the label
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
    // what the service's own series came from; for Pulsar what the verdict says
    Scrape scrape;
    std::chrono::microseconds scraping{0};  // how long that took
    std::uint64_t checks = 0;               // verdicts so far, by this process
    std::optional<Phase> phase;             // of the bootstrap; nothing without an agent
};

// Pulsar's own exporter says nothing to us: it is up where its verdict is neither about silence nor
// "starting".
[[nodiscard]] bool answers(const Verdict& verdict) noexcept;

void expose_own(const Own& own, Exposition& exposition);

}  // namespace arc::metrics
