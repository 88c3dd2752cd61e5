#include "agent/schedule.hpp"

#include <algorithm>
#include <limits>

namespace arc::agent {

void BootstrapSchedule::attempted(const BootstrapReport& report, std::int64_t now, double jitter) noexcept {
    if (report.converged()) {
        phase_ = Phase::converged;
        next_ = std::numeric_limits<std::int64_t>::max();
        return;
    }
    // No error and not converged: everything was done that may be done, and a person has to look.
    const bool drift = !report.error;
    if (drift || now - start_ >= patience_) {
        phase_ = drift ? Phase::drift : Phase::failing;
        next_ = now + kSlowPause;
        return;
    }
    next_ = now + pause_ + static_cast<std::int64_t>(static_cast<double>(pause_) * jitter);
    pause_ = std::min(pause_ * 2, kLongestPause);
}

bool UnhealthyClock::reached(const Verdict& verdict, bool started, std::int64_t now) noexcept {
    if (!started || verdict.busy || verdict.level() != Level::unhealthy) {
        since_ = -1;
        return false;
    }
    if (since_ < 0) {
        since_ = now;
    }
    const bool reached = limit_ > 0 && !over_ && now - since_ >= limit_;
    over_ = over_ || reached;
    return reached;
}

std::string reason(const BootstrapReport& report) {
    if (report.error) {
        return report.error->text;
    }
    const auto refused = std::ranges::find(report.actions, ActionKind::refuse, &Action::kind);
    return refused == report.actions.end() ? std::string{} : refused->object + ": " + refused->detail;
}

}  // namespace arc::agent
