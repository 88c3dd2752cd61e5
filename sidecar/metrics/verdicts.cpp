#include "metrics/verdicts.hpp"

#include <utility>

namespace arc::metrics {

std::optional<Verdicts::Told> Verdicts::younger_than(Deadline::Clock::time_point moment) {
    const std::scoped_lock lock(mutex_);
    return last_.count > 0 && begun_ >= moment ? std::optional{last_} : std::nullopt;
}

Verdicts::Told Verdicts::at_most(std::chrono::milliseconds age, Deadline deadline) {
    const auto called = Deadline::Clock::now();
    if (auto young = age.count() > 0 ? younger_than(called - age) : std::nullopt) {
        return std::move(*young);
    }
    const std::unique_lock asks(asking_, deadline.remaining());
    auto told = younger_than(asks.owns_lock() ? called : Deadline::Clock::time_point{});
    if (told) {
        return std::move(*told);
    }
    const auto begun = Deadline::Clock::now();
    Verdict verdict = service_.check(config_, deadline);
    const std::scoped_lock lock(mutex_);
    last_ = {std::move(verdict), last_.count + 1};
    begun_ = begun;
    return last_;
}

}  // namespace arc::metrics
