#include <doctest/doctest.h>

#include <array>

#include "health/verdict.hpp"

using namespace arc;

namespace {

Finding finding(std::string code, Level level) {
    return {.code = std::move(code),
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
    verdict.findings = {finding("a", Level::ok), finding("b", Level::degraded),
                        finding("c", Level::degraded)};
    CHECK(verdict.level() == Level::degraded);
    CHECK(verdict.worst()->code == "b");
    verdict.findings.push_back(finding("d", Level::unhealthy));
    verdict.findings.push_back(finding("e", Level::starting));
    CHECK(verdict.worst()->code == "d");
    verdict.findings = {finding("a", Level::ok)};
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
    two[1].findings = {finding("a", Level::starting)};
    CHECK(worst_level(two) == Level::starting);
}
