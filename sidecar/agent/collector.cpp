#include "agent/collector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "metrics/own.hpp"

namespace arc::agent {
using namespace metrics;

namespace {

// The agent makes a verdict at least so often; a scrape asks for a new one only where it says
// something else than that.
constexpr std::chrono::milliseconds kVerdictAge{15'000};

// Where a scrape has no source of its own the verdict is all it has.
constexpr std::chrono::milliseconds kFreshAge{1'000};

// By PID 1's word, for a server that does not say when it started.
std::optional<double> started_by_pid1() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets variables
    const char* text = std::getenv("ARC_SERVER_STARTED");
    const double milliseconds = text == nullptr ? 0 : std::strtod(text, nullptr);
    return milliseconds > 0 ? std::optional{milliseconds / 1000} : std::nullopt;
}

}  // namespace

Collector::Collector(const Service& service, const Config& config, VerdictCache& verdicts,
                     std::function<std::optional<Phase>()> phase,
                     std::function<void(const std::string&)> say)
    : service_(service),
      config_(config),
      verdicts_(verdicts),
      stop_(service, config),
      phase_(std::move(phase)),
      say_(std::move(say)) {}

Scrape Collector::ask(Exposition& exposition, Deadline deadline) {
    const std::unique_lock lock(mutex_, deadline.remaining());
    if (!lock.owns_lock()) {
        return {.up = false,
                .start_time = {},
                .unread = {"another scrape was under way the whole time"}};
    }
    if (!source_) {
        // now: what is learnt of the server before the first scrape counts
        source_ = service_.metrics(config_);
    }
    Scrape scrape = source_->scrape(exposition, deadline);
    tell(scrape.unread);
    return scrape;
}

// A reason is news when it was not there in the last scrape: a server that is down is one line, not
// one every scrape.
void Collector::tell(const std::vector<std::string>& unread) {
    for (const std::string& reason : unread) {
        if (std::ranges::find(told_, reason) == told_.end()) {
            say_(fmt::format("metrics: not read: {}", reason));
        }
    }
    told_ = unread;
}

std::string Collector::late_text() {
    VerdictCache::Told told = verdicts_.last();
    if (told.count == 0) {
        return {};
    }
    const Own own{.verdict = std::move(told.verdict),
                  .scrape = {.up = false,
                             .start_time = started_by_pid1(),
                             .unread = {"the scraper could not wait"}},
                  .scraping = {},
                  .checks = told.count,
                  .phase = phase_()};
    Exposition exposition;
    if (service_.metrics != nullptr) {
        service_.metrics(config_)->silent(exposition);
    }
    expose_own(own, exposition);
    return exposition.text();
}

std::string Collector::text(Deadline deadline) {
    const auto began = Deadline::Clock::now();
    Exposition exposition;
    Own own;
    own.phase = phase_();
    const bool has_source = service_.metrics != nullptr;
    if (has_source) {
        // The verdict gets its share of the time, too.
        own.scrape = ask(exposition, deadline.capped(deadline.remaining() * 6 / 10));
    }
    own.scraping =
        std::chrono::duration_cast<std::chrono::microseconds>(Deadline::Clock::now() - began);
    VerdictCache::Told told = verdicts_.at_most(has_source ? kVerdictAge : kFreshAge, deadline);
    if (has_source && answers(told.verdict) != own.scrape.up) {
        told = verdicts_.at_most(std::chrono::milliseconds{0}, deadline);
    }
    own.verdict = std::move(told.verdict);
    own.checks = told.count;
    if (!has_source) {
        own.scrape.up = answers(own.verdict);
        own.scraping = own.verdict.elapsed;
    }
    own.scrape.start_time = own.scrape.start_time ? own.scrape.start_time : started_by_pid1();
    if (const auto answer = stop_.applies() ? stop_.at_most(kVerdictAge, deadline) : std::nullopt) {
        own.may_stop = answer->kind == StopAnswer::Kind::safe;
    }
    expose_own(own, exposition);
    return exposition.text();
}

}  // namespace arc::agent
