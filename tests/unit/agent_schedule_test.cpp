#include "agent/schedule.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace arc;
using namespace arc::agent;

namespace {

constexpr std::int64_t kPatience = 60'000;

BootstrapReport converged() {
    return {.service = "nats", .actions = {{ActionKind::same, "stream A", "", false}}, .error = {}};
}

BootstrapReport drifted() {
    return {.service = "nats",
            .actions = {{ActionKind::same, "stream A", "", false}, {ActionKind::refuse, "stream B", "max_age differs", false}},
            .error = {}};
}

BootstrapReport unreachable() {
    return {.service = "nats", .actions = {}, .error = Error{ErrorKind::refused, "127.0.0.1:4222 refused the connection"}};
}

}  // namespace

TEST_CASE("the first attempt is due at once, and a converged bootstrap is over") {
    BootstrapSchedule schedule(1'000, kPatience);
    CHECK(schedule.next() == 1'000);
    CHECK(schedule.phase() == Phase::pending);
    schedule.attempted(converged(), 1'200, 0.5);
    CHECK(schedule.phase() == Phase::converged);
    CHECK(schedule.next() == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("failed attempts come at growing pauses with jitter, never longer than the longest") {
    BootstrapSchedule schedule(0, kPatience);
    schedule.attempted(unreachable(), 0, 0.0);
    CHECK(schedule.next() == kFirstPause);
    schedule.attempted(unreachable(), 0, 0.5);
    CHECK(schedule.next() == 2 * kFirstPause + kFirstPause);
    for (int i = 0; i < 20; ++i) {
        schedule.attempted(unreachable(), 0, 0.999);
        CHECK(schedule.next() <= 2 * kLongestPause);
        CHECK(schedule.next() > 0);
    }
    CHECK(schedule.phase() == Phase::pending);
}

TEST_CASE("after its patience the bootstrap is failing and goes on slowly, and can still converge") {
    BootstrapSchedule schedule(0, kPatience);
    schedule.attempted(unreachable(), kPatience - 1, 0.0);
    CHECK(schedule.phase() == Phase::pending);
    schedule.attempted(unreachable(), kPatience, 0.0);
    CHECK(schedule.phase() == Phase::failing);
    CHECK(schedule.next() == kPatience + kSlowPause);
    schedule.attempted(converged(), 2 * kPatience, 0.0);
    CHECK(schedule.phase() == Phase::converged);
}

TEST_CASE("drift is known at once and looked at again slowly") {
    BootstrapSchedule schedule(0, kPatience);
    schedule.attempted(drifted(), 10, 0.0);
    CHECK(schedule.phase() == Phase::drift);
    CHECK(schedule.next() == 10 + kSlowPause);
}

TEST_CASE("the reason is the error, else the first refusal, else nothing") {
    CHECK(reason(unreachable()) == "127.0.0.1:4222 refused the connection");
    CHECK(reason(drifted()) == "stream B: max_age differs");
    CHECK(reason(converged()).empty());
}

TEST_CASE("a server that stays unhealthy is ended once, after the limit, without a break") {
    const auto verdict = [](Level level, bool busy = false) {
        Verdict one;
        one.findings.push_back({.code = "x", .level = level, .text = {}, .measured = {}, .wanted = {}, .advice = {}});
        one.busy = busy;
        return one;
    };
    const Verdict unhealthy = verdict(Level::unhealthy);
    UnhealthyClock clock{1'000};
    CHECK_FALSE(clock.reached(unhealthy, true, 0));
    CHECK_FALSE(clock.reached(unhealthy, true, 999));
    CHECK(clock.reached(unhealthy, true, 1'000));
    CHECK_FALSE(clock.reached(unhealthy, true, 5'000));  // it was asked once; the server may need its time to stop

    for (const Verdict& pause : {verdict(Level::ok), verdict(Level::degraded), verdict(Level::starting), verdict(Level::unhealthy, true)}) {
        UnhealthyClock again{1'000};
        CHECK_FALSE(again.reached(unhealthy, true, 0));
        CHECK_FALSE(again.reached(pause, true, 900));
        CHECK_FALSE(again.reached(unhealthy, true, 1'500));
        CHECK(again.reached(unhealthy, true, 2'500));
    }
    UnhealthyClock starting{1'000};
    CHECK_FALSE(starting.reached(unhealthy, false, 0));
    CHECK_FALSE(starting.reached(unhealthy, false, 50'000));
    CHECK_FALSE(starting.reached(unhealthy, true, 50'001));

    UnhealthyClock off{0};
    CHECK_FALSE(off.reached(unhealthy, true, 0));
    CHECK_FALSE(off.reached(unhealthy, true, 1'000'000));
}
