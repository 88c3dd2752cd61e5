// The lock that keeps deep probes of one broker apart, and the one thing that must outlive a probe:
// when a question was asked that got no answer. Released by the kernel when its process ends,
// however it ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/deadline.hpp"

namespace arc::pulsar {

// A question that nobody answered.
struct Unanswered {
    std::int64_t asked_ms = 0;  // boottime_ms()
    std::int64_t waited_ms = 0;
};

class ProbeLock {
public:
    enum class State {
        taken,
        busy,  // another process has it
        // no directory to make it in: nobody can be kept away, and nothing is remembered
        unavailable,
    };

    // `state_dir` is used when it is there and writable; `broker` is "host:port". Never blocks.
    ProbeLock(const std::string& state_dir, const std::string& broker);
    ~ProbeLock();
    ProbeLock(const ProbeLock&) = delete;
    ProbeLock& operator=(const ProbeLock&) = delete;

    [[nodiscard]] State state() const noexcept { return state_; }

    // Tries a busy lock again until it is taken or the deadline is over; how long that took.
    std::chrono::milliseconds wait(Deadline deadline);

    // What the last holder remembered; nothing after forget(), at first, or for a text that is not
    // ours. Also of a busy lock.
    [[nodiscard]] std::optional<Unanswered> last_unanswered() const;
    void remember(const Unanswered& question) const;
    void forget() const;

private:
    int fd_ = -1;
    State state_ = State::unavailable;
};

}  // namespace arc::pulsar
