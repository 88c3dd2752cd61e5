// One service's whole exposition: its own series and ours. Asks the server; safe for several
// threads.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/stop_cache.hpp"
#include "agent/verdict_cache.hpp"
#include "base/deadline.hpp"
#include "config/config.hpp"
#include "metrics/source.hpp"
#include "service.hpp"
#include "state/state.hpp"

namespace arc::agent {

class Collector {
public:
    // All must outlive it. `phase` tells how far the bootstrap is; `say` gets a line for what could
    // not be read, once for each reason.
    Collector(const Service& service, const Config& config, VerdictCache& verdicts,
              std::function<std::optional<Phase>()> phase,
              std::function<void(const std::string&)> say);

    // The text for one scrape. Within the deadline the server is asked once for each thing; a
    // scrape that waits for another one that is under way takes its time from the same deadline.
    // When the server does not answer the text says so: up is 0, and its series are absent.
    [[nodiscard]] std::string text(Deadline deadline);

    // The text for a scraper that cannot wait for text(): up is 0, the verdict is the last one, and
    // nothing is asked. Empty before the first verdict.
    [[nodiscard]] std::string late_text();

    // Of /stopz, which shares its answers with the scrapes.
    [[nodiscard]] StopCache& stop() noexcept { return stop_; }

private:
    [[nodiscard]] metrics::Scrape ask(metrics::Exposition& exposition, Deadline deadline);
    void tell(const std::vector<std::string>& unread);

    const Service& service_;
    const Config& config_;
    VerdictCache& verdicts_;
    StopCache stop_;
    std::function<std::optional<Phase>()> phase_;
    std::function<void(const std::string&)> say_;
    std::timed_mutex mutex_;
    std::unique_ptr<metrics::Source> source_;
    std::vector<std::string> told_;
};

}  // namespace arc::agent
