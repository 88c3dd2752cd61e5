// One service's whole exposition: its own series and ours. Asks the server; safe for several threads.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "deadline.hpp"
#include "health/verdict.hpp"
#include "metrics/source.hpp"
#include "service.hpp"
#include "state/state.hpp"

namespace arc::metrics {

// Verdicts that are shared: whoever wants one that is young enough gets the last one; else one asks, and the others wait for its answer.
class Verdicts {
public:
    // Both must outlive it.
    Verdicts(const Service& service, const Config& config) : service_(service), config_(config) {}

    struct Told {
        Verdict verdict;
        std::uint64_t count = 0;  // verdicts so far
    };

    // A verdict that is at most `age` old, or that somebody asked for after this call; 0 is a new one. Whoever cannot have it within the
    // deadline, because others ask, gets the last one.
    [[nodiscard]] Told at_most(std::chrono::milliseconds age, Deadline deadline);

private:
    [[nodiscard]] std::optional<Told> younger_than(Deadline::Clock::time_point moment);

    const Service& service_;
    const Config& config_;
    std::timed_mutex asking_;  // one asks at a time
    std::mutex mutex_;         // over what follows
    Told last_;
    Deadline::Clock::time_point begun_;  // when the last one was asked for
};

class Collector {
public:
    // All must outlive it. `phase` tells how far the bootstrap is; `say` gets a line for what could not be read, once for each reason.
    Collector(const Service& service, const Config& config, Verdicts& verdicts, std::function<std::optional<Phase>()> phase,
              std::function<void(const std::string&)> say);

    // The text for one scrape. Within the deadline the server is asked once for each thing; a scrape that waits for another one that is
    // under way takes its time from the same deadline. When the server does not answer the text says so: up is 0, and its series are absent.
    [[nodiscard]] std::string text(Deadline deadline);

private:
    [[nodiscard]] Scrape ask(Exposition& exposition, Deadline deadline);
    void tell(const std::vector<std::string>& unread);

    const Service& service_;
    const Config& config_;
    Verdicts& verdicts_;
    std::function<std::optional<Phase>()> phase_;
    std::function<void(const std::string&)> say_;
    std::timed_mutex mutex_;
    std::unique_ptr<Source> source_;
    std::vector<std::string> told_;
};

}  // namespace arc::metrics
