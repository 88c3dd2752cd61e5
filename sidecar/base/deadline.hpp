// One moment on the monotonic clock that a whole command must not outlive. Every call that can
// block takes a Deadline and asks it for what is left, so that timeouts never add up.
#pragma once

#include <chrono>

namespace arc {

class Deadline {
public:
    using Clock = std::chrono::steady_clock;
    using Duration = std::chrono::milliseconds;

    // The moment `duration` from now. A negative duration has passed already.
    [[nodiscard]] static Deadline after(Duration duration) noexcept {
        return since(Clock::now(), duration);
    }

    // The moment `duration` from `start`, for a command that has done something already.
    [[nodiscard]] static Deadline since(Clock::time_point start, Duration duration) noexcept {
        return Deadline{start + duration, duration};
    }

    // Time left in whole milliseconds, rounded up (so that a poll() does not spin in the last one);
    // 0 once it has passed.
    [[nodiscard]] Duration remaining() const noexcept {
        const auto left = std::chrono::ceil<Duration>(at_ - Clock::now());
        return left.count() > 0 ? left : Duration{0};
    }

    [[nodiscard]] bool expired() const noexcept { return Clock::now() >= at_; }

    // The earlier of this deadline and the moment `limit` from now: a share of the time for one
    // step.
    [[nodiscard]] Deadline capped(Duration limit) const noexcept {
        const Deadline other = after(limit);
        return other.at_ < at_ ? other : *this;
    }

    // What it was made with, for messages ("did not answer within 3 s").
    [[nodiscard]] Duration budget() const noexcept { return budget_; }

private:
    Deadline(Clock::time_point at, Duration budget) noexcept : at_(at), budget_(budget) {}

    Clock::time_point at_;
    Duration budget_;
};

}  // namespace arc
