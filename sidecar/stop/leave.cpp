#include "stop/leave.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "state/state.hpp"

namespace arc::stop {
namespace {

// Of `within`, for what is not the gate: the start and the end of this process.
constexpr Time kMargin{200};

void say_all(const Lines& lines, const Say& say) {
    for (const Line& line : lines) {
        say(line.level, line.text);
    }
}

class Clock {
public:
    [[nodiscard]] Time now() const {
        return std::chrono::duration_cast<Time>(Deadline::Clock::now() - start_);
    }
    // A question takes at most the time of one check.
    [[nodiscard]] Deadline deadline(Time until) const { return Deadline::since(start_, until); }

private:
    Deadline::Clock::time_point start_ = Deadline::Clock::now();
};

Lines answer(const ClusterHooks& hooks, const Config& config, const Gate::Next& next,
             const Clock& clock, Gate& gate) {
    const Deadline until = clock.deadline(next.until);
    switch (next.call) {
        case Gate::Call::may_stop: {
            const StopAnswer answer = hooks.may_stop(config, until.capped(*config.timeout));
            return gate.answered(answer, clock.now());
        }
        case Gate::Call::take_token: {
            const TokenAnswer answer = hooks.take_token(config, until.capped(*config.timeout));
            return gate.answered(answer, clock.now());
        }
        case Gate::Call::drain: {
            const StopAnswer answer = hooks.drain(config, until);
            return gate.answered(answer, clock.now());
        }
        case Gate::Call::none:
            break;
    }
    return {};
}

}  // namespace

bool leave(const Service& service, const Config& config, Time within, const Say& say) {
    const Clock clock;
    Gate gate{limits_of(config.cluster, std::max(within - kMargin, within / 2))};
    const std::string name(service.name());
    if (const auto written = write_leaving(*config.state_dir, name, server_run()); !written) {
        say(LogLevel::warning, "the start of the stop cannot be recorded: " + written.error().text);
    }
    while (true) {
        Lines lines;
        const Gate::Next next = gate.next(clock.now(), lines);
        say_all(lines, say);
        if (next.call == Gate::Call::none) {
            return gate.succeeded();
        }
        if (next.at > clock.now()) {
            std::this_thread::sleep_for(std::min(next.at, next.until) - clock.now());
            continue;  // a limit may have passed
        }
        say_all(answer(*service.cluster, config, next, clock, gate), say);
    }
}

StopAnswer drain_once(const Service& service, const Config& config, Deadline deadline) {
    const ClusterHooks& hooks = *service.cluster;
    const TokenAnswer token = hooks.take_token(config, deadline);
    if (token.kind != TokenAnswer::Kind::held) {
        return {.kind = StopAnswer::Kind::wait, .reason = token.reason, .absent = token.absent};
    }
    StopAnswer answer = hooks.drain(config, deadline);
    hooks.return_token(config, Deadline::after(*config.timeout));
    return answer;
}

}  // namespace arc::stop
