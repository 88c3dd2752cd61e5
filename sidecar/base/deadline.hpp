// A moment on the monotonic clock at which a whole command ends. Every call that can block takes a
// Deadline and uses the time that is left, so timeouts never add up.
#pragma once

#include <chrono>

namespace arc {

class Deadline {
public:
    using Clock = std::chrono::steady_clock;
    using Duration = std::chrono::milliseconds;

    // The moment `duration` from now. With a negative duration it has already passed.
    [[nodiscard]] static Deadline after(Duration duration) noexcept {
        return since(Clock::now(), duration);
    }

    // The moment `duration` after `start`, for a command that started earlier.
    [[nodiscard]] static Deadline since(Clock::time_point start, Duration duration) noexcept {
        return Deadline{start + duration, duration};
    }

    // The time left in milliseconds; 0 after the deadline. It is rounded up, so that a poll() does
    // not return repeatedly in the last millisecond.
    [[nodiscard]] Duration remaining() const noexcept {
        const auto left = std::chrono::ceil<Duration>(at_ - Clock::now());
        return left.count() > 0 ? left : Duration{0};
    }

    [[nodiscard]] bool expired() const noexcept { return Clock::now() >= at_; }

    // The earlier of this deadline and the moment `limit` from now. Limits one step of a command.
    [[nodiscard]] Deadline capped(Duration limit) const noexcept {
        const Deadline other = after(limit);
        return other.at_ < at_ ? other : *this;
    }

    // A moment before this deadline, so that a later step has the rest of the time. Messages name
    // the same duration.
    [[nodiscard]] Deadline earlier(Duration rest) const noexcept {
        return Deadline{at_ - rest, budget_};
    }

    // The original duration, for messages ("did not answer within 3 s").
    [[nodiscard]] Duration budget() const noexcept { return budget_; }

private:
    Deadline(Clock::time_point at, Duration budget) noexcept : at_(at), budget_(budget) {}

    Clock::time_point at_;
    Duration budget_;
};

}  // namespace arc
