#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <random>
#include <set>

#include "stop/gate.hpp"

using namespace arc;
using namespace arc::stop;
using namespace std::chrono_literals;

namespace {

constexpr Limits kLimits{.gate = 79s, .drain = 60s, .whole = 105s};

const StopAnswer kSafe{.kind = StopAnswer::Kind::safe, .reason = {}, .absent = {}};
const TokenAnswer kHeld{.kind = TokenAnswer::Kind::held, .reason = {}, .absent = {}};

StopAnswer wait_for(std::string reason, std::string absent = {}) {
    return {
        .kind = StopAnswer::Kind::wait, .reason = std::move(reason), .absent = std::move(absent)};
}
TokenAnswer taken(std::string reason, std::string absent = {}) {
    return {.kind = TokenAnswer::Kind::taken_by_other,
            .reason = std::move(reason),
            .absent = std::move(absent)};
}

// A cluster that answers, each call in `takes`. It records the calls.
struct Cluster {
    std::function<StopAnswer(Time)> may_stop = [](Time) { return kSafe; };
    std::function<TokenAnswer(Time)> take_token = [](Time) { return kHeld; };
    std::function<StopAnswer(Time)> drain = [](Time) { return kSafe; };
    Time takes{10};
    std::string calls;  // m, t and d
    Time latest_deadline{};
};

struct Outcome {
    Time ended{};
    std::vector<std::string> lines;
    bool succeeded = false;

    [[nodiscard]] bool said(std::string_view text) const {
        return std::ranges::any_of(lines,
                                   [&](const std::string& line) { return line.contains(text); });
    }
};

Outcome run(Cluster& cluster, const Limits& limits = kLimits) {
    Gate gate{limits};
    Outcome outcome;
    const auto note = [&](const Lines& lines) {
        for (const Line& line : lines) {
            outcome.lines.push_back(line.text);
        }
    };
    Time now{0};
    while (cluster.calls.size() < 10'000) {
        Lines lines;
        const Gate::Next next = gate.next(now, lines);
        note(lines);
        if (next.call == Gate::Call::none) {
            break;
        }
        if (next.at > now) {
            now = std::min(next.at, next.until);
            continue;
        }
        CHECK(next.until > now);
        CHECK(next.until <= limits.whole);
        cluster.latest_deadline = std::max(cluster.latest_deadline, next.until);
        now += cluster.takes;
        switch (next.call) {
            case Gate::Call::may_stop:
                cluster.calls += 'm';
                note(gate.answered(cluster.may_stop(now), now));
                break;
            case Gate::Call::take_token:
                cluster.calls += 't';
                note(gate.answered(cluster.take_token(now), now));
                break;
            default:
                cluster.calls += 'd';
                note(gate.answered(cluster.drain(now), now));
        }
    }
    outcome.ended = now;
    outcome.succeeded = gate.succeeded();
    return outcome;
}

}  // namespace

TEST_CASE("stop gate: a safe member asks, takes the token, asks again and drains without a pause") {
    Cluster cluster;
    const Outcome outcome = run(cluster);
    CHECK(cluster.calls == "mtmd");
    CHECK(outcome.ended == 40ms);
    CHECK(outcome.succeeded);
}

TEST_CASE("stop gate: what no wait changes ends it at once, without token and drain") {
    Cluster cluster;
    cluster.may_stop = [](Time) {
        return StopAnswer{StopAnswer::Kind::pointless, "the meta group has no leader", {}};
    };
    const Outcome outcome = run(cluster);
    CHECK(cluster.calls == "m");
    CHECK(outcome.said("the meta group has no leader"));
    CHECK(!outcome.succeeded);
}

TEST_CASE("stop gate: each wait is logged once and when it ends, and the pauses grow to 1 s") {
    Cluster cluster;
    cluster.may_stop = [](Time now) {
        return now > 20s
                   ? kSafe
                   : wait_for(fmt::format("replica n2 is {} messages behind", (20s - now).count()));
    };
    const Outcome outcome = run(cluster);
    CHECK(outcome.succeeded);
    REQUIRE(outcome.lines.size() == 3);
    CHECK(outcome.lines[0].starts_with("waits: replica n2 is"));
    CHECK(outcome.lines[1].starts_with("waited 20."));
    CHECK(outcome.ended < 21'200ms);
    CHECK(cluster.calls.size() < 30);
}

TEST_CASE("stop gate: names with digits are different reasons") {
    CHECK(without_numbers("replica n2 is 1,200 messages behind") ==
          without_numbers("replica n2 is 3 messages behind"));
    CHECK(without_numbers("replica n2 is behind") != without_numbers("replica n3 is behind"));
}

TEST_CASE("stop gate: an absent member is waited for at most 30 s, then nobody is") {
    Cluster cluster;
    cluster.may_stop = [](Time now) {
        return now < 40s ? wait_for("replica n2 is offline", "n2")
                         : wait_for("replica n3 is offline", "n3");
    };
    const Outcome outcome = run(cluster);
    CHECK(outcome.said("n2 did not return within 30s"));
    CHECK(outcome.ended < 32s);
    CHECK(cluster.calls.ends_with("tmd"));
    CHECK(!outcome.succeeded);
}

TEST_CASE("stop gate: an absent member that returns is waited for, and the next one anew") {
    Cluster cluster;
    cluster.may_stop = [](Time now) {
        if (now < 25s || (now > 30s && now < 55s)) {
            return wait_for("replica is offline", "n2");
        }
        return now < 60s ? wait_for("replica n2 is behind") : kSafe;
    };
    const Outcome outcome = run(cluster);
    CHECK(outcome.succeeded);
    CHECK(outcome.ended < 62s);
}

TEST_CASE("stop gate: a token of an absent holder is waited for at most 30 s") {
    Cluster cluster;
    cluster.take_token = [](Time now) {
        return now < 5s ? taken("n2 stops since 1 s") : taken("n2 stops since 9 s", "n2");
    };
    const Outcome outcome = run(cluster);
    CHECK(outcome.ended > 35s);
    CHECK(outcome.ended < 37s);
    CHECK(cluster.calls.ends_with("td"));
}

TEST_CASE(
    "stop gate: the token of a holder that runs is waited for until the gate's time is over") {
    Cluster cluster;
    cluster.take_token = [](Time) { return taken("n2 stops since 1 s"); };
    const Outcome outcome = run(cluster);
    CHECK(outcome.ended >= kLimits.gate);
    CHECK(outcome.ended < kLimits.gate + 1s);
    CHECK(outcome.said("n2 stops since 1 s"));
    CHECK(cluster.calls.ends_with("d"));
}

TEST_CASE("stop gate: without an answer about the token for 10 s it goes on without") {
    Cluster cluster;
    cluster.take_token = [](Time) {
        return TokenAnswer{TokenAnswer::Kind::unavailable, "no responders", {}};
    };
    const Outcome outcome = run(cluster);
    CHECK(outcome.ended > 10s);
    CHECK(outcome.ended < 12s);
    CHECK(outcome.said("no responders"));
    CHECK(cluster.calls.ends_with("mtd"));
    CHECK(!outcome.succeeded);
}

TEST_CASE("stop gate: a quorum that is lost while it waits for the token ends it") {
    Cluster cluster;
    cluster.takes = 300ms;
    cluster.take_token = [](Time now) {
        return now < 20s ? taken("n2 stops since 1 s", "n2")
                         : TokenAnswer{TokenAnswer::Kind::unavailable, "no answer", {}};
    };
    cluster.may_stop = [](Time now) {
        return now < 20s ? kSafe : StopAnswer{StopAnswer::Kind::pointless, "no quorum", {}};
    };
    const Outcome outcome = run(cluster);
    CHECK(outcome.said("no quorum"));
    CHECK(outcome.ended < 23s);
    CHECK(!cluster.calls.contains('d'));
}

TEST_CASE("stop gate: an absence goes on while the token's store does not answer") {
    Cluster cluster;
    cluster.may_stop = [](Time) { return wait_for("replica n2 is offline", "n2"); };
    cluster.take_token = [](Time) {
        return TokenAnswer{TokenAnswer::Kind::unavailable, "no answer", {}};
    };
    CHECK(run(cluster).ended < 43s);
}

TEST_CASE("stop gate: a store that answers again is used") {
    Cluster cluster;
    cluster.take_token = [](Time now) {
        return now < 5s ? TokenAnswer{TokenAnswer::Kind::unavailable, "no answer", {}} : kHeld;
    };
    const Outcome outcome = run(cluster);
    CHECK(outcome.succeeded);
    CHECK(outcome.ended < 7s);
    CHECK(cluster.calls.ends_with("tmd"));
    CHECK(outcome.lines.size() == 3);
}

TEST_CASE("stop gate: under the token it asks again, waits, and renews the token meanwhile") {
    Cluster cluster;
    bool held = false;
    cluster.take_token = [&](Time) {
        held = true;
        return kHeld;
    };
    cluster.may_stop = [&](Time now) {
        return held && now < 40s ? wait_for("replica n3 is behind") : kSafe;
    };
    const Outcome outcome = run(cluster);
    CHECK(std::ranges::count(cluster.calls, 't') == 3);
    CHECK(outcome.succeeded);
}

TEST_CASE("stop gate: a drain that does not end is over at its limit, earlier without the others") {
    Cluster cluster;
    cluster.drain = [](Time) { return wait_for("no other leader of ORDERS"); };
    CHECK(run(cluster).ended > 59s);
    cluster.may_stop = [](Time) { return wait_for("n2 is offline", "n2"); };
    const Outcome outcome = run(cluster);
    CHECK(outcome.ended < 42s);
    CHECK(outcome.said("no other leader of ORDERS"));
}

TEST_CASE("stop gate: three members that are all told to stop end within 60 s") {
    // n1 has the token and stops after 5 s. It does not return.
    Cluster second;
    second.takes = 50ms;
    second.may_stop = [](Time now) {
        return now < 5s ? kSafe : wait_for("replica n1 is offline", "n1");
    };
    second.take_token = [](Time now) {
        return now < 5s ? taken("n1 stops since 2 s") : taken("n1 stops since 9 s", "n1");
    };
    second.drain = [](Time) { return wait_for("no other leader"); };
    CHECK(run(second).ended < 50s);
}

TEST_CASE("stop gate: the drain keeps its share of a short time") {
    ClusterConfig cluster;
    const Limits ample = limits_of(cluster, 345s);
    CHECK(ample.gate == 240s);
    CHECK(ample.whole == 345s);
    const Limits tight = limits_of(cluster, 40s);
    CHECK(tight.gate == 30s);
    CHECK(tight.whole == 40s);
}

TEST_CASE("stop gate: whatever is answered, it ends in time, and a failed one says why") {
    for (unsigned seed = 0; seed < 2'000; ++seed) {
        std::minstd_rand random{seed + 1};
        const auto draw = [&](int count) {
            return std::uniform_int_distribution<int>{0, count - 1}(random);
        };
        const Limits limits{.gate = Time{draw(60'000) + 1},
                            .drain = Time{draw(20'000) + 1},
                            .whole = Time{60'001 + draw(30'000)}};
        const int stickiness = draw(50) + 1;
        const auto stop_answer = [&](Time) {
            const std::string absent = draw(3) == 0 ? "n2" : "";
            const int kind = draw(stickiness);
            return kind == 0   ? kSafe
                   : kind == 1 ? StopAnswer{StopAnswer::Kind::pointless, "no quorum", {}}
                               : wait_for(fmt::format("waits for x{}", draw(4)), absent);
        };
        Cluster cluster;
        cluster.takes = Time{draw(300)};
        cluster.may_stop = stop_answer;
        cluster.drain = stop_answer;
        cluster.take_token = [&](Time) {
            const int kind = draw(stickiness);
            return kind == 0   ? kHeld
                   : kind == 1 ? TokenAnswer{TokenAnswer::Kind::unavailable, "silent", {}}
                               : taken("n3 stops", draw(2) == 0 ? "n3" : "");
        };
        const Outcome outcome = run(cluster, limits);
        CAPTURE(seed);
        REQUIRE(outcome.ended <= limits.whole + cluster.takes);
        REQUIRE(cluster.latest_deadline <= limits.whole);
        REQUIRE((outcome.succeeded || !outcome.lines.empty()));
        // A wait is logged once.
        std::set<std::string> waits;
        for (const std::string& line : outcome.lines) {
            REQUIRE((!line.starts_with("waits: ") || waits.insert(line).second));
        }
        // A drain that succeeds follows an answer under the token.
        REQUIRE((!outcome.succeeded || cluster.calls.ends_with("d")));
        REQUIRE(std::ranges::count(cluster.calls, 'd') <= 400);
    }
}
