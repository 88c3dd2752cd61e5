#include <doctest/doctest.h>

#include <array>

#include "health/verdict.hpp"

#include "codes.hpp"

using namespace arc;

namespace {

Finding finding(std::string_view code, Level level) {
    return {.code = testing::code(code),
            .level = level,
            .text = "t",
            .measured = {},
            .wanted = {},
            .advice = {}};
}

}  // namespace

TEST_CASE("health verdict: the worst finding decides, the first of equals speaks") {
    Verdict verdict;
    CHECK(verdict.level() == Level::ok);
    CHECK(verdict.worst() == nullptr);
    verdict.findings = {finding("redis.ping.ok", Level::ok),
                        finding("redis.memory.full", Level::degraded),
                        finding("redis.appendfsync.drift", Level::degraded)};
    CHECK(verdict.level() == Level::degraded);
    CHECK(verdict.worst()->code == "redis.memory.full");
    verdict.findings.push_back(finding("redis.cluster.down", Level::unhealthy));
    verdict.findings.push_back(finding("redis.connection.timeout", Level::starting));
    CHECK(verdict.worst()->code == "redis.cluster.down");
    verdict.findings = {finding("redis.ping.ok", Level::ok)};
    CHECK(verdict.worst() == nullptr);
}

TEST_CASE("health verdict: exit codes") {
    CHECK(exit_code(Level::ok, false) == 0);
    CHECK(exit_code(Level::ok, true) == 0);
    CHECK(exit_code(Level::degraded, false) == 0);
    CHECK(exit_code(Level::degraded, true) == 1);
    CHECK(exit_code(Level::starting, false) == 1);
    CHECK(exit_code(Level::unhealthy, false) == 1);
    CHECK(worst_level({}) == Level::ok);
    std::array<Verdict, 2> two;
    two[1].findings = {finding("redis.ping.ok", Level::starting)};
    CHECK(worst_level(two) == Level::starting);
}
