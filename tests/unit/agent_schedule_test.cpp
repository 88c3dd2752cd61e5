#include "agent/schedule.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "codes.hpp"
#include "health/restart.hpp"
#include "services.hpp"

using namespace arc;
using namespace arc::agent;

namespace {

constexpr std::int64_t kPatience = 60'000;

BootstrapReport converged() {
    return {.service = "nats", .actions = {{ActionKind::same, "stream A", "", false}}, .error = {}};
}

BootstrapReport drifted() {
    return {.service = "nats",
            .actions = {{ActionKind::same, "stream A", "", false},
                        {ActionKind::refuse, "stream B", "max_age differs", false}},
            .error = {}};
}

BootstrapReport unreachable() {
    return {.service = "nats",
            .actions = {},
            .error = Error{ErrorKind::refused, "127.0.0.1:4222 refused the connection"}};
}

}  // namespace

TEST_CASE("a refusal that may pass is no drift") {
    BootstrapReport leaderless = drifted();
    leaderless.actions.back().transient = true;
    BootstrapSchedule schedule(0, kPatience);
    schedule.attempted(leaderless, 10, 0.0);
    CHECK(schedule.phase() == Phase::pending);
    CHECK(schedule.next() == 10 + kFirstPause);
    schedule.attempted(leaderless, kPatience, 0.0);
    CHECK(schedule.phase() == Phase::failing);
}

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

TEST_CASE(
    "after its patience the bootstrap is failing and goes on slowly, and can still converge") {
    BootstrapSchedule schedule(0, kPatience);
    schedule.attempted(unreachable(), kPatience - 1, 0.0);
    CHECK(schedule.phase() == Phase::pending);
    schedule.attempted(unreachable(), kPatience, 0.0);
    CHECK(schedule.phase() == Phase::failing);
    CHECK(schedule.next() == kPatience + kSlowPause);
    schedule.attempted(converged(), 2 * kPatience, 0.0);
    CHECK(schedule.phase() == Phase::converged);
}

TEST_CASE("a refusal that may pass by itself is tried again within seconds, without end") {
    BootstrapReport report{.service = "s", .actions = {}, .error = {}};
    report.actions.push_back(
        {.kind = ActionKind::refuse, .object = "o", .detail = {}, .transient = true});
    BootstrapSchedule schedule(0, kPatience);
    for (int round = 1; round < 4; ++round) {
        schedule.attempted(report, round * kPatience, 0.0);
        CHECK(schedule.phase() == Phase::failing);
        CHECK(schedule.next() == round * kPatience + kLongestPause);
    }
}

TEST_CASE("drift is known at once and looked at again slowly") {
    BootstrapSchedule schedule(0, kPatience);
    schedule.attempted(drifted(), 10, 0.0);
    CHECK(schedule.phase() == Phase::drift);
    CHECK(schedule.next() == 10 + kSlowPause);
}

TEST_CASE("why a server does not stop, from the verdict") {
    const auto verdict = [](std::vector<Finding> findings, const char* service = "redis") {
        return Verdict{
            .service = service, .server = {}, .verified = {}, .findings = std::move(findings)};
    };
    const auto finding = [](const char* code, const char* text, const char* advice = "",
                            bool liveness = false) {
        return Finding{.code = testing::code(code),
                       .level = Level::unhealthy,
                       .text = text,
                       .measured = {},
                       .wanted = {},
                       .advice = advice,
                       .liveness = liveness};
    };
    const auto why_not = [](const Verdict& one) {
        return why_not_stopped(one, find_service(one.service)->still_answers);
    };
    const Finding other = finding("redis.appendonly.drift", "appendonly differs");
    CHECK(why_not(verdict({other, finding("redis.rdb_save.failed",
                                          "the last RDB save failed (/data has 0 B free)",
                                          "Check its disk.")})) ==
          "the last RDB save failed (/data has 0 B free). Check its disk.");
    CHECK(why_not(verdict({finding("redis.rdb_save.failed", "later"),
                           finding("redis.persistence.failed", "MISCONF")})) == "MISCONF");
    Verdict busy = verdict({other});
    busy.busy = true;
    CHECK(why_not(busy) == "it is saving or rewriting its data");
    CHECK(why_not(verdict({finding("redis.connection.timeout", "no answer", "", true)})) ==
          "it answers nobody any more: no answer");
    CHECK(
        why_not(verdict({other})) ==
        "it still answers, as Redis does while it cannot save what is in memory: see its own log");
    CHECK(why_not(verdict({}, "nats")) == "it still answers: see its own log");
}

TEST_CASE("the reason is the error, else the first refusal, else nothing") {
    CHECK(reason(unreachable()) == "127.0.0.1:4222 refused the connection");
    CHECK(reason(drifted()) == "stream B: max_age differs");
    CHECK(reason(converged()).empty());
}

namespace {

Verdict silent_server(Level level = Level::unhealthy,
                      RestartFacts::Data data = RestartFacts::Data::safe, bool busy = false) {
    Verdict one;
    one.findings.push_back({.code = testing::code("redis.connection.timeout"),
                            .level = level,
                            .text = {},
                            .measured = {},
                            .wanted = {},
                            .advice = {},
                            .liveness = true});
    one.busy = busy;
    one.restart.data = data;
    apply_restart(one);
    return one;
}

}  // namespace

TEST_CASE(
    "a server that stays unhealthy and that a restart helps is ended after the limit, without a "
    "break") {
    const Verdict unhealthy = silent_server();
    UnhealthyClock clock{1'000};
    CHECK(clock.reached(unhealthy, true, 0) == Ending::none);
    CHECK(clock.reached(unhealthy, true, 999) == Ending::none);
    CHECK(clock.reached(unhealthy, true, 1'000) == Ending::end);
    // as long as it holds: a KILL depends on it
    CHECK(clock.reached(unhealthy, true, 5'000) == Ending::end);
    CHECK(clock.reached(silent_server(Level::ok), true, 6'000) == Ending::none);
    CHECK(clock.reached(unhealthy, true, 6'500) == Ending::none);

    for (const Verdict& pause :
         {silent_server(Level::ok), silent_server(Level::degraded), silent_server(Level::starting),
          silent_server(Level::unhealthy, RestartFacts::Data::safe, true)}) {
        UnhealthyClock again{1'000};
        CHECK(again.reached(unhealthy, true, 0) == Ending::none);
        CHECK(again.reached(pause, true, 900) == Ending::none);
        CHECK(again.reached(unhealthy, true, 1'500) == Ending::none);
        CHECK(again.reached(unhealthy, true, 2'500) == Ending::end);
    }
    UnhealthyClock starting{1'000};
    CHECK(starting.reached(unhealthy, false, 0) == Ending::none);
    CHECK(starting.reached(unhealthy, false, 50'000) == Ending::none);
    CHECK(starting.reached(unhealthy, true, 50'001) == Ending::none);

    UnhealthyClock off{0};
    CHECK(off.reached(unhealthy, true, 0) == Ending::none);
    CHECK(off.reached(unhealthy, true, 1'000'000) == Ending::none);
}

TEST_CASE(
    "a server that a restart would harm or not help is kept, which is said once until it is fit "
    "again") {
    for (const auto data : {RestartFacts::Data::at_stake, RestartFacts::Data::unknown}) {
        const Verdict kept = silent_server(Level::unhealthy, data);
        UnhealthyClock clock{1'000};
        CHECK(clock.reached(kept, true, 0) == Ending::none);
        CHECK(clock.reached(kept, true, 1'000) == Ending::keep);
        CHECK(clock.reached(kept, true, 9'000) == Ending::none);
        CHECK(clock.reached(silent_server(Level::ok), true, 10'000) == Ending::none);
        CHECK(clock.reached(kept, true, 11'000) == Ending::none);
        CHECK(clock.reached(kept, true, 12'000) == Ending::keep);
        // What was at stake is safe now: the time in which a restart would have done harm does not
        // count.
        CHECK(clock.reached(silent_server(), true, 13'000) == Ending::none);
        CHECK(clock.reached(silent_server(), true, 14'000) == Ending::end);
    }
}
