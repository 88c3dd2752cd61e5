#include <doctest/doctest.h>

#include <array>

#include "codes.hpp"
#include "health/purpose.hpp"
#include "health/report.hpp"

using namespace arc;

namespace {

Verdict verdict_of(Level level, bool liveness = false) {
    return {.service = "redis",
            .server = "Redis 8.0.2",
            .verified = {},
            .findings = {{.code = testing::code("redis.ping.failed"),
                          .level = level,
                          .text = "t",
                          .measured = {},
                          .wanted = {},
                          .advice = {},
                          .liveness = liveness}}};
}

}  // namespace

TEST_CASE("health purpose: a server is live until nothing answers, whatever else is wrong") {
    CHECK(passes(Verdict{}, Purpose::live));
    for (const Level level : {Level::ok, Level::degraded, Level::starting, Level::unhealthy}) {
        CHECK(passes(verdict_of(level), Purpose::live));
    }
    // nothing answers yet: the server is in its start
    CHECK(passes(verdict_of(Level::starting, true), Purpose::live));
    CHECK(passes(verdict_of(Level::degraded, true), Purpose::live));  // somebody set that level
    CHECK(!passes(verdict_of(Level::unhealthy, true), Purpose::live));
}

TEST_CASE("health purpose: a start is over when nothing is starting and something answers") {
    CHECK(passes(verdict_of(Level::ok), Purpose::startup));
    CHECK(passes(verdict_of(Level::unhealthy), Purpose::startup));
    CHECK(!passes(verdict_of(Level::starting), Purpose::startup));
    CHECK(!passes(verdict_of(Level::unhealthy, true), Purpose::startup));
    Verdict both = verdict_of(Level::unhealthy);
    both.findings.push_back(verdict_of(Level::starting).findings.front());
    CHECK(!passes(both, Purpose::startup));
}

TEST_CASE("health purpose: readiness is the whole verdict") {
    CHECK(passes(verdict_of(Level::degraded), Purpose::ready));
    CHECK(!passes(verdict_of(Level::degraded), Purpose::ready, true));
    CHECK(!passes(verdict_of(Level::starting), Purpose::ready));
    CHECK(!passes(verdict_of(Level::unhealthy), Purpose::ready));
}

TEST_CASE("health purpose: what can come again after the start does not fail the start") {
    Verdict verdict = verdict_of(Level::ok);
    verdict.findings.push_back({.code = testing::code("redis.replication.syncing")});
    CHECK(passes(verdict, Purpose::startup));
    CHECK(!passes(verdict, Purpose::ready));
    verdict.findings.push_back({.code = testing::code("redis.dataset.loading")});
    CHECK(!passes(verdict, Purpose::startup));
}

TEST_CASE("health purpose: readiness of the node does not depend on objects and the cluster") {
    const auto found = [](const char* code, Level level) {
        return Finding{.code = testing::code(code), .level = level, .text = code, .advice = {}};
    };
    Verdict verdict = verdict_of(Level::ok);
    verdict.findings.push_back(found("nats.stream.missing", Level::unhealthy));
    verdict.findings.push_back(found("nats.cluster.leaderless", Level::starting));
    CHECK(!passes(verdict, Purpose::ready));
    CHECK(passes(verdict, Purpose::ready_node, true));
    CHECK(text_report({&verdict, 1}, Purpose::ready_node)
              .starts_with("ready: unhealthy: redis: nats.stream.missing\n"));
    CHECK(json_report({&verdict, 1}, Purpose::ready_node).starts_with(R"({"outcome":"ready",)"));

    verdict.findings.push_back(found("nats.disk.full", Level::degraded));
    CHECK(passes(verdict, Purpose::ready_node));
    CHECK(!passes(verdict, Purpose::ready_node, true));
    verdict.findings.push_back(found("redis.dataset.loading", Level::starting));
    CHECK(!passes(verdict, Purpose::ready_node));
    CHECK(text_report({&verdict, 1}, Purpose::ready_node)
              .starts_with("not ready: starting: redis: redis.dataset.loading\n"));
}

TEST_CASE("health purpose: a server that the sidecar could not ask is ready, but not fit") {
    CHECK(is_fit(verdict_of(Level::degraded)));
    CHECK(!is_fit(verdict_of(Level::starting)));
    Verdict verdict = verdict_of(Level::ok);
    verdict.findings.push_back({.code = testing::code("sidecar.resources.exhausted")});
    CHECK(passes(verdict, Purpose::ready));
    CHECK(!is_fit(verdict));
}

TEST_CASE(
    "health purpose: of several services all must pass, and the first line is of one that does "
    "not") {
    std::array<Verdict, 2> two{verdict_of(Level::unhealthy), verdict_of(Level::unhealthy, true)};
    two[1].service = "nats";
    CHECK(!passes(two, Purpose::live));
    CHECK(text_report(two, Purpose::live).starts_with("not live: unhealthy: nats: t\n"));
    CHECK(text_report(std::span(two).first(1), Purpose::live)
              .starts_with("live: unhealthy: redis: t\n"));
    CHECK(text_report(std::span(two).first(1), Purpose::startup)
              .starts_with("started: unhealthy: redis: t\n"));
    CHECK(text_report(std::span(two).first(1)).starts_with("unhealthy: redis: t\n"));
    CHECK(json_report(two, Purpose::live)
              .starts_with(R"({"outcome":"not live","level":"unhealthy",)"));
    CHECK(json_report(two).starts_with(R"({"level":"unhealthy",)"));
}

TEST_CASE("health purpose: a member is found unless it is silent; the cluster does not count") {
    for (const Level level : {Level::ok, Level::degraded, Level::starting, Level::unhealthy}) {
        CHECK(passes(verdict_of(level), Purpose::member));
    }
    CHECK(passes(verdict_of(Level::starting, true), Purpose::member));
    CHECK(!passes(verdict_of(Level::unhealthy, true), Purpose::member));
    Verdict verdict = verdict_of(Level::ok);
    verdict.findings.push_back({.code = testing::code("nats.cluster.leaderless"),
                                .level = Level::unhealthy,
                                .text = "t",
                                .advice = {},
                                .liveness = true});
    CHECK((verdict.findings.back().code->scope == Scope::cluster));
    CHECK(passes(verdict, Purpose::member));
    CHECK(outcome(Purpose::member, true) == "member");
    CHECK(outcome(Purpose::member, false) == "not a member");
}
