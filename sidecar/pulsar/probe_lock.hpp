// The lock that keeps deep health requests to one broker apart. Its file also records the last
// request without an answer. The kernel releases the lock when its process ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/deadline.hpp"

namespace arc::pulsar {

// A request without an answer.
struct Unanswered {
    std::int64_t asked_ms = 0;  // boottime_ms()
    std::int64_t waited_ms = 0;
};

class ProbeLock {
public:
    enum class State {
        taken,
        busy,         // another process holds it
        unavailable,  // no directory for the file: no exclusion and no record
    };

    // Uses `state_dir` if it exists and is writable; `broker` is "host:port". Never blocks.
    ProbeLock(const std::string& state_dir, const std::string& broker);
    ~ProbeLock();
    ProbeLock(const ProbeLock&) = delete;
    ProbeLock& operator=(const ProbeLock&) = delete;

    [[nodiscard]] State state() const noexcept { return state_; }

    // Retries a busy lock until it is taken or the deadline passes. Returns the time it took.
    std::chrono::milliseconds wait(Deadline deadline);

    // The request in the record, also of a busy lock. nullopt: none, or the file has other content.
    [[nodiscard]] std::optional<Unanswered> last_unanswered() const;
    void remember(const Unanswered& question) const;
    void forget() const;

private:
    int fd_ = -1;
    State state_ = State::unavailable;
};

}  // namespace arc::pulsar
