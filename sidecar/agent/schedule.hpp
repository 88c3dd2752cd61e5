// When the agent does what. Pure: time comes in as milliseconds, nothing is read or written here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bootstrap/plan.hpp"
#include "health/verdict.hpp"
#include "state/state.hpp"

namespace arc::agent {

inline constexpr std::int64_t kFirstPause = 100;      // ms after the first attempt that failed
inline constexpr std::int64_t kLongestPause = 5'000;  // ms, while the bootstrap is pending
// ms between attempts once it is failing or drifted. A refusal that may pass by itself, such as
// that of a cluster which still lacks a member, is tried again after kLongestPause for ever.
inline constexpr std::int64_t kSlowPause = 60'000;
inline constexpr std::int64_t kWatchPause = 10'000;  // ms between two verdicts
inline constexpr std::int64_t kDeepPause = 30'000;   // ms between two deep probes
// ms between two looks whether the configuration has changed
inline constexpr std::int64_t kReadPause = 2'000;

// The bootstrap's progress: attempts until converged, with growing pauses, then slow ones.
class BootstrapSchedule {
public:
    BootstrapSchedule(std::int64_t now, std::int64_t patience) noexcept
        : start_(now), patience_(patience), next_(now) {}

    // When the next attempt is due; INT64_MAX once converged.
    [[nodiscard]] std::int64_t next() const noexcept { return next_; }
    [[nodiscard]] Phase phase() const noexcept { return phase_; }

    // What came of an attempt that ended at `now`. `jitter` in [0, 1) spreads the attempts of many
    // agents.
    void attempted(const BootstrapReport& report, std::int64_t now, double jitter) noexcept;

private:
    std::int64_t start_;
    std::int64_t patience_;
    std::int64_t next_;
    std::int64_t pause_ = kFirstPause;
    Phase phase_ = Phase::pending;
};

// What is to be done about a server that has been unhealthy for long.
enum class Ending {
    none,
    end,   // a restart helps (health/restart.hpp); as long as it does
    keep,  // it does not: to be said, once until the server is fit again
};

// How long a server has been unhealthy without a break: for ending it, where that was asked for.
// Only the time after its start counts, and none in which it loads, recovers or rewrites its data:
// ending it then would be the fault that it is to mend. The time to an end is that in which a
// restart would have helped.
class UnhealthyClock {
public:
    // `limit` in ms; 0 never ends anything.
    explicit UnhealthyClock(std::int64_t limit) noexcept : limit_(limit) {}

    // Takes a verdict of the moment `now`; `started` once the start-up is over.
    [[nodiscard]] Ending reached(const Verdict& verdict, bool started, std::int64_t now) noexcept;

private:
    std::int64_t limit_;
    std::int64_t unhealthy_since_ = -1;  // -1: it is not
    std::int64_t helps_since_ = -1;      // -1: a restart would not help
    bool kept_ = false;
};

// Why a server that was asked to stop is still there, from a verdict since then: the text after
// "does not stop: ". `still_answers` as in Service.
[[nodiscard]] std::string why_not_stopped(const Verdict& verdict, std::string_view still_answers);

}  // namespace arc::agent
