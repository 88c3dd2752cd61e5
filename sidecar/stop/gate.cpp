#include "stop/gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/suggest.hpp"
#include "base/units.hpp"

namespace arc::stop {
namespace {

// "0.3 s", "12.0 s"
std::string seconds(Time duration) {
    return fmt::format("{:.1f} s", std::chrono::duration<double>(duration).count());
}

// "text", or "text: reason"
std::string with_reason(std::string text, const std::string& reason) {
    return reason.empty() ? text : text + ": " + reason;
}

bool is_number(std::string_view word) {
    return !word.empty() && word.find_first_not_of("0123456789.,") == std::string_view::npos;
}

}  // namespace

std::string without_numbers(std::string_view reason) {
    std::string kept;
    for (const std::string_view word : split(reason, ' ')) {
        kept += is_number(word) ? std::string_view{} : word;
        kept += ' ';
    }
    return kept;
}

Limits limits_of(const ClusterConfig& cluster, Time within) {
    constexpr int kShare = 4;
    const Time kept = std::min(*cluster.stop_drain, within / kShare);
    return {.gate = std::min(*cluster.stop_gate, within - kept),
            .drain = *cluster.stop_drain,
            .whole = within};
}

Time Gate::drain_end() const {
    const Time longest = complete_ ? limits_.drain : std::min(limits_.drain, kDrainAfterFailure);
    return std::min(drain_began_ + longest, limits_.whole);
}

void Gate::go_on_to(State state, Time now) {
    state_ = state;
    at_ = now;
    pause_ = kFirstPause;
    if (state == State::draining) {
        drain_began_ = now;
        last_reason_.clear();
    }
}

Gate::Next Gate::next(Time now, Lines& lines) {
    if (state_ != State::draining && state_ != State::over && now >= limits_.gate) {
        lines.push_back({LogLevel::warning,
                         with_reason(fmt::format("the others cannot yet do without this member "
                                                 "after {}, and the gate's time is over. The "
                                                 "stop goes on",
                                                 format_duration(limits_.gate)),
                                     last_reason_)});
        complete_ = false;
        go_on_to(State::draining, now);
    }
    if (state_ == State::draining && now >= drain_end()) {
        lines.push_back(
            {LogLevel::warning,
             with_reason(fmt::format("the drain did not end within {}. The stop goes on",
                                     seconds(now - drain_began_)),
                         last_reason_)});
        state_ = State::over;
    }
    const bool renews = state_ == State::confirming && now - token_at_.value_or(now) >= kRenewToken;
    switch (state_) {
        case State::asking:
            return {Call::may_stop, at_, limits_.gate};
        case State::confirming:
            return {renews ? Call::take_token : Call::may_stop, at_, limits_.gate};
        case State::taking:
            return {Call::take_token, at_, limits_.gate};
        case State::draining:
            return {Call::drain, at_, drain_end()};
        case State::over:
            break;
    }
    return {};
}

Lines Gate::answered(const StopAnswer& answer, Time now) {
    return state_ == State::draining ? drained(answer, now) : may_stop(answer, now);
}

Lines Gate::may_stop(const StopAnswer& answer, Time now) {
    Lines lines;
    switch (answer.kind) {
        case StopAnswer::Kind::pointless:
            lines.push_back(
                {LogLevel::warning,
                 with_reason("no wait can make this stop safe. The stop goes on", answer.reason)});
            state_ = State::over;
            return lines;
        case StopAnswer::Kind::wait:
            if (!gave_up_on(answer.absent, now, lines)) {
                std::ranges::move(wait(answer.reason, answer.absent, now),
                                  std::back_inserter(lines));
                return lines;
            }
            break;
        case StopAnswer::Kind::safe:
            if (!answer.reason.empty() && state_ == State::asking) {
                lines.push_back({LogLevel::warning, "the stop interrupts: " + answer.reason});
            }
            if (no_store_since_) {  // the wait for the token is not over
                state_ = State::taking;
                at_ = now;
                return lines;
            }
            finish_wait(now, lines);
            break;
    }
    go_on_to(state_ == State::asking ? State::taking : State::draining, now);
    return lines;
}

Lines Gate::answered(const TokenAnswer& answer, Time now) {
    Lines lines;
    switch (answer.kind) {
        case TokenAnswer::Kind::held:
            token_at_ = now;
            no_store_since_.reset();
            if (state_ == State::taking) {
                finish_wait(now, lines);
                go_on_to(State::confirming, now);
            }
            return lines;
        case TokenAnswer::Kind::taken_by_other:
            no_store_since_.reset();
            state_ = State::taking;
            token_at_.reset();
            if (gave_up_on(answer.absent, now, lines)) {
                go_on_to(State::draining, now);
                return lines;
            }
            std::ranges::move(
                wait("another member has the stop token: " + answer.reason, answer.absent, now),
                std::back_inserter(lines));
            return lines;
        case TokenAnswer::Kind::unavailable:
            break;
    }
    no_store_since_ = no_store_since_.value_or(now);
    if (now - *no_store_since_ >= kStoreLimit) {
        lines.push_back({LogLevel::warning,
                         with_reason(fmt::format("the stop token was not available for {}. The "
                                                 "stop goes on without it",
                                                 format_duration(kStoreLimit)),
                                     answer.reason)});
        complete_ = false;
        go_on_to(State::draining, now);
        return lines;
    }
    std::ranges::move(
        wait(with_reason("the stop token is not available", answer.reason), absent_, now),
        std::back_inserter(lines));
    // The cluster may have lost its quorum meanwhile. Then no wait helps.
    state_ = State::asking;
    return lines;
}

Lines Gate::drained(const StopAnswer& answer, Time now) {
    Lines lines;
    if (answer.kind == StopAnswer::Kind::wait) {
        return wait(answer.reason, "", now);
    }
    state_ = State::over;
    if (answer.kind == StopAnswer::Kind::safe) {
        succeeded_ = complete_;
        finish_wait(now, lines);
        lines.push_back({LogLevel::info, with_reason("drained: this member leads nothing that "
                                                     "another could lead",
                                                     answer.reason)});
    } else {
        lines.push_back(
            {LogLevel::warning, with_reason("not drained. The stop goes on", answer.reason)});
    }
    return lines;
}

// Logs a new reason, and sets the time of the next question.
Lines Gate::wait(const std::string& reason, const std::string& absent, Time now) {
    at_ = now + pause_;
    pause_ = std::min(pause_ * 2, kLongestPause);
    waits_since_ = waits_since_.value_or(now);
    last_reason_ = reason;
    absent_since_ = absent.empty()      ? std::nullopt
                    : absent == absent_ ? std::optional{absent_since_.value_or(now)}
                                        : std::optional{now};
    absent_ = absent;
    const std::string bare = without_numbers(reason);
    if (std::ranges::contains(said_, bare)) {
        return {};
    }
    said_.push_back(bare);
    return {{LogLevel::info, "waits: " + reason}};
}

void Gate::finish_wait(Time now, Lines& lines) {
    if (waits_since_) {
        lines.push_back({LogLevel::info, fmt::format("waited {}, and it is over: {}",
                                                     seconds(now - *waits_since_), last_reason_)});
    }
    waits_since_.reset();
    absent_since_.reset();
    absent_.clear();
}

// Whether the wait for absent members is over, now or since earlier.
bool Gate::gave_up_on(const std::string& absent, Time now, Lines& lines) {
    if (absent.empty()) {
        return false;
    }
    if (waits_for_absent_ && absent == absent_ && absent_since_ &&
        now - *absent_since_ >= kAbsentLimit) {
        waits_for_absent_ = false;
        complete_ = false;
        waits_since_.reset();
        lines.push_back({LogLevel::warning,
                         fmt::format("{} did not return within {}. The stop goes on without it",
                                     absent, format_duration(kAbsentLimit))});
    }
    return !waits_for_absent_;
}

}  // namespace arc::stop
