#include "pulsar/deep.hpp"

#include <fmt/format.h>

#include "net/url.hpp"
#include "pulsar/canary.hpp"
#include "pulsar/probe_lock.hpp"

namespace arc::pulsar {
namespace {

using std::chrono::milliseconds;

constexpr const char* kService = "pulsar";

// With less time a timeout would say nothing about the broker.
constexpr milliseconds kLeastTime{100};

// A broker that has not answered another process for this long is unhealthy. A healthy one answers
// in tens of milliseconds, and in 3 s after its start.
constexpr milliseconds kPatience{2'000};

DeepResult judged(const Result<void>& answer, milliseconds took) {
    const std::int64_t now = boottime_ms();
    if (answer) {
        return {Level::ok, fmt::format("health answered ok in {} ms", took.count()), now};
    }
    const std::string& why = answer.error().text;
    switch (answer.error().kind) {
        case ErrorKind::auth:
        case ErrorKind::permission:
            return {Level::degraded, "health is not verified, the token is not a superuser's", now};
        case ErrorKind::refused:
        case ErrorKind::unresolved:
        case ErrorKind::unreachable:
            return {Level::starting, fmt::format("health was not asked ({})", why), now};
        case ErrorKind::shortage:
            return {
                Level::degraded,
                fmt::format("health was not asked, the sidecar ran out of a resource ({})", why),
                now};
        default:
            return {Level::unhealthy, "health " + why, now};
    }
}

// Sends the request. The lock is taken or unavailable.
DeepResult ask(const PulsarConfig& config, AdminClient& admin, const ProbeLock& lock,
               Deadline deadline) {
    const std::int64_t asked_ms = boottime_ms();
    const auto answer = admin.health(deadline);
    const milliseconds took{boottime_ms() - asked_ms};
    if (!answer && answer.error().kind == ErrorKind::timeout) {
        lock.remember({asked_ms, took.count()});
    } else {
        lock.forget();
    }
    DeepResult result = judged(answer, took);
    // no canary if the broker does not answer
    if (answer && *config.canary) {
        result.canary = write_canary(admin, *config.cluster, deadline);
    }
    return result;
}

// The result of the last request without an answer, while it forbids another request.
std::optional<DeepHeldOff> held_off(const ProbeLock& lock) {
    const auto last =
        lock.state() == ProbeLock::State::unavailable ? std::nullopt : lock.last_unanswered();
    const std::int64_t age = last ? boottime_ms() - last->asked_ms : 0;
    // A time in the future is from before a reboot.
    if (!last || age < 0 || age >= kDeepHoldOff.count()) {
        return std::nullopt;
    }
    const double waited = static_cast<double>(last->waited_ms) / 1000.0;
    return DeepHeldOff{{Level::unhealthy, fmt::format("health did not answer in {:.1f} s", waited),
                        last->asked_ms + last->waited_ms},
                       age - last->waited_ms};
}

// The agent's result with its age. nullopt: none, too old, from before a reboot (in the future), or
// from a broker whose port was closed.
std::optional<DeepFromAgent> from_agent(const Config& config, milliseconds oldest) {
    auto result = read_deep_result(*config.state_dir, kService);
    const std::int64_t age = result ? boottime_ms() - result->at_ms : 0;
    if (!result || result->level == Level::starting || age < 0 || age >= oldest.count()) {
        return std::nullopt;
    }
    return DeepFromAgent{std::move(*result), age};
}

// Another process held the lock until the deadline.
DeepHealth still_busy(const Config& config, milliseconds waited) {
    if (waited < kPatience) {
        return DeepBusy{from_agent(config, milliseconds::max())};
    }
    const double seconds = static_cast<double>(waited.count()) / 1000.0;
    return DeepAsked{{Level::unhealthy,
                      fmt::format("health did not answer another process in {:.1f} s", seconds),
                      boottime_ms()}};
}

// Sends a request, unless another one is in progress.
DeepHealth ask_alone(const Config& config, AdminClient& admin, Deadline deadline) {
    if (deadline.remaining() < kLeastTime) {
        return DeepNoTime{};
    }
    const Url& broker = *config_of(config).admin_url;
    ProbeLock lock{*config.state_dir, host_and_port(broker.host, broker.port)};
    // The last request got no answer. Do not wait for the lock, which another request may hold.
    if (auto earlier = held_off(lock)) {
        return std::move(*earlier);
    }
    const milliseconds waited = lock.wait(deadline.capped(deadline.remaining() - kLeastTime));
    if (lock.state() == ProbeLock::State::busy) {
        return still_busy(config, waited);
    }
    if (auto earlier = held_off(lock)) {  // the request that held the lock
        return std::move(*earlier);
    }
    if (deadline.remaining() < kLeastTime) {
        return DeepNoTime{};
    }
    return DeepAsked{ask(config_of(config), admin, lock, deadline)};
}

}  // namespace

DeepResult probe_deep(const Config& config, Deadline deadline) {
    AdminClient admin{config_of(config)};
    const DeepHealth deep = ask_alone(config, admin, deadline);
    const DeepResult* known = find_result(deep);
    const char* why = std::holds_alternative<DeepBusy>(deep) ? "another process is asking for it"
                                                             : "no time was left";
    DeepResult result =
        known != nullptr ? *known
                         : DeepResult{Level::degraded, fmt::format("health was not asked, {}", why),
                                      boottime_ms()};
    const auto before = read_deep_result(*config.state_dir, kService);
    result.ok_at_ms = result.level == Level::ok ? result.at_ms : before ? before->ok_at_ms : 0;
    return result;
}

DeepHealth deep_health(const Config& config, AdminClient& admin, Deadline deadline) {
    if (auto known = from_agent(config, kDeepFresh)) {
        return std::move(*known);
    }
    return ask_alone(config, admin, deadline);
}

}  // namespace arc::pulsar
