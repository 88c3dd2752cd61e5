// The stop gate of a cluster's member, as a state machine without I/O: it says which hook
// (ClusterHooks) to call next and when, takes the answers, and returns the lines to log.
//
//   asking --safe--> taking --held--> confirming --safe--> draining --> over
//
// - `pointless` ends it at once: no wait changes that, so the member stops.
// - A wait for members that do not run ends after kAbsentLimit. From then on nothing waits for an
//   absent member. So members that are all told to stop, and none of which returns, end soon.
// - A token that another member holds is waited for. Without an answer of the store within
//   kStoreLimit, it goes on without the token. Meanwhile it asks again whether a wait helps.
// - At the end of the gate's time it goes on to the drain, at the end of the whole time it is over.
//   The member stops in every case.
//
// All times are counted from the request to stop. A KILL at any moment leaves at most a token,
// whose age ends it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "config/cluster.hpp"
#include "health/stop.hpp"

namespace arc::stop {

using Time = std::chrono::milliseconds;

inline constexpr Time kFirstPause{100};  // between two questions; it doubles up to:
inline constexpr Time kLongestPause{1'000};
inline constexpr Time kAbsentLimit{30'000};
inline constexpr Time kStoreLimit{10'000};
// of a drain after a wait that was given up: the cluster may be about to end as a whole
inline constexpr Time kDrainAfterFailure{10'000};
// A held token is renewed at this interval while the gate waits on.
inline constexpr Time kRenewToken{15'000};

struct Limits {
    Time gate{};   // the end of all waiting before the drain
    Time drain{};  // the longest drain
    Time whole{};  // the end of everything
};

// `within` is the time for gate and drain together. The drain keeps its share of it, at most a
// quarter if `within` is too short for all. Pure.
[[nodiscard]] Limits limits_of(const ClusterConfig& cluster, Time within);

struct Line {
    LogLevel level;
    std::string text;
};
using Lines = std::vector<Line>;

class Gate {
public:
    explicit Gate(const Limits& limits) : limits_(limits) {}

    enum class Call { may_stop, take_token, drain, none };
    struct Next {
        Call call = Call::none;  // none: the gate is over
        Time at{};               // not before
        Time until{};            // the call's deadline
    };
    // The next call. `now` may be past the limits: then the state changes, and `lines` says so.
    [[nodiscard]] Next next(Time now, Lines& lines);

    // The answer to the call that next() returned.
    [[nodiscard]] Lines answered(const StopAnswer& answer, Time now);
    [[nodiscard]] Lines answered(const TokenAnswer& answer, Time now);

    // Once it is over: every wait ended as it should, and another member leads what this one led.
    [[nodiscard]] bool succeeded() const noexcept { return succeeded_; }

private:
    enum class State { asking, taking, confirming, draining, over };

    [[nodiscard]] Lines may_stop(const StopAnswer& answer, Time now);
    [[nodiscard]] Lines drained(const StopAnswer& answer, Time now);
    [[nodiscard]] Lines wait(const std::string& reason, const std::string& absent, Time now);
    [[nodiscard]] bool gave_up_on(const std::string& absent, Time now, Lines& lines);
    void go_on_to(State state, Time now);
    void finish_wait(Time now, Lines& lines);
    [[nodiscard]] Time drain_end() const;

    Limits limits_;
    State state_ = State::asking;
    Time at_{};  // of the next call
    Time pause_ = kFirstPause;
    Time drain_began_{};

    std::vector<std::string> said_;  // reasons, without their numbers
    std::string last_reason_;
    std::optional<Time> waits_since_;
    std::string absent_;
    std::optional<Time> absent_since_;
    bool waits_for_absent_ = true;
    std::optional<Time> no_store_since_;
    std::optional<Time> token_at_;  // when it was taken or renewed
    bool succeeded_ = false;
    bool complete_ = true;  // no wait was given up
};

// A reason without its numbers, so that "120 messages behind" and "80 messages behind" are one.
// Pure.
[[nodiscard]] std::string without_numbers(std::string_view reason);

}  // namespace arc::stop
