#include "agent/verdict_cache.hpp"

#include <utility>

namespace arc::agent {

std::optional<VerdictCache::Told> VerdictCache::younger_than(Deadline::Clock::time_point moment) {
    const std::scoped_lock lock(mutex_);
    return last_.count > 0 && begun_ >= moment ? std::optional{last_} : std::nullopt;
}

void VerdictCache::set_problem(std::optional<Finding> problem, bool alone) {
    const std::scoped_lock lock(mutex_);
    problem_ = std::move(problem);
    alone_ = alone;
}

Verdict VerdictCache::ask(Deadline deadline) {
    std::unique_lock lock(mutex_);
    const auto problem = problem_;
    const bool alone = alone_;
    lock.unlock();
    Verdict verdict = alone ? Verdict{.service = std::string(service_.name()),
                                      .server = {},
                                      .verified = {},
                                      .findings = {}}
                            : arc::ask(service_, config_, deadline);
    if (problem) {
        verdict.findings.push_back(*problem);
    }
    return verdict;
}

VerdictCache::Told VerdictCache::last() {
    const std::scoped_lock lock(mutex_);
    return last_;
}

VerdictCache::Told VerdictCache::at_most(std::chrono::milliseconds age, Deadline deadline) {
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
    Verdict verdict = ask(deadline.remaining() < least_ ? Deadline::after(least_) : deadline);
    const std::scoped_lock lock(mutex_);
    last_ = {std::move(verdict), last_.count + 1};
    begun_ = begun;
    return last_;
}

}  // namespace arc::agent
