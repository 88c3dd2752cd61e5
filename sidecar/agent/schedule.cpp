#include "agent/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "health/restart.hpp"

namespace arc::agent {

void BootstrapSchedule::attempted(const BootstrapReport& report, std::int64_t now,
                                  double jitter) noexcept {
    if (report.converged()) {
        phase_ = Phase::converged;
        next_ = std::numeric_limits<std::int64_t>::max();
        return;
    }
    // Everything was done that may be done, and a person has to look.
    const bool drift = !report.error && !report.may_pass();
    if (drift || now - start_ >= patience_) {
        phase_ = drift ? Phase::drift : Phase::failing;
        next_ = now + (drift || report.error ? kSlowPause : kLongestPause);
        return;
    }
    next_ = now + pause_ + static_cast<std::int64_t>(static_cast<double>(pause_) * jitter);
    pause_ = std::min(pause_ * 2, kLongestPause);
}

namespace {

// Keeps in `since` when `holds` began.
void stamp(std::int64_t& since, bool holds, std::int64_t now) noexcept {
    since = !holds ? -1 : since < 0 ? now : since;
}

}  // namespace

Ending UnhealthyClock::reached(const Verdict& verdict, bool started, std::int64_t now) noexcept {
    const auto over = [&](std::int64_t since) {
        return limit_ > 0 && since >= 0 && now - since >= limit_;
    };
    const bool counts = started && !verdict.busy && verdict.level() == Level::unhealthy;
    stamp(unhealthy_since_, counts, now);
    stamp(helps_since_, counts && restart_helps(verdict), now);
    kept_ = kept_ && counts;
    if (over(helps_since_)) {
        return Ending::end;
    }
    if (!kept_ && helps_since_ < 0 && over(unhealthy_since_)) {
        kept_ = true;
        return Ending::keep;
    }
    return Ending::none;
}

namespace {

// The finding that keeps a server from exiting: the most likely cause first.
const Finding* delaying(const Verdict& verdict) {
    const Finding* found = nullptr;
    for (const Finding& one : verdict.findings) {
        const int rank = one.code->delays_stop;
        if (one.level != Level::ok && rank != 0 &&
            (found == nullptr || rank < found->code->delays_stop)) {
            found = &one;
        }
    }
    return found;
}

}  // namespace

std::string why_not_stopped(const Verdict& verdict, std::string_view still_answers) {
    if (const Finding* cause = delaying(verdict)) {
        return full_text(*cause);
    }
    if (verdict.busy) {
        return "it is saving or rewriting its data";
    }
    const Finding* worst = verdict.worst();
    if (worst != nullptr && worst->liveness) {
        return "it answers nobody any more: " + worst->text;
    }
    return fmt::format("it still answers{}: see its own log", still_answers);
}

}  // namespace arc::agent
