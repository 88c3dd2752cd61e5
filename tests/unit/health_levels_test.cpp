#include <doctest/doctest.h>

#include <algorithm>

#include "codes.hpp"
#include "config/load.hpp"
#include "config/toml_file.hpp"
#include "health/catalogue.hpp"
#include "health/levels.hpp"
#include "temporary.hpp"

using namespace arc;
using arc::testing::Environment;

namespace {

Verdict with(std::string_view code, Level level) {
    return {.service = "redis",
            .server = {},
            .verified = {},
            .findings = {{.code = testing::code(code),
                          .level = level,
                          .text = "t",
                          .measured = {},
                          .wanted = {},
                          .advice = {}}}};
}

Level applied(Level before, Level wanted) {
    Verdict verdict = with("redis.memory.full", before);
    apply_levels(verdict, {{testing::code("redis.memory.full"), wanted, ""}});
    return verdict.level();
}

std::string toml_error(const std::string& text) {
    Config config = default_config();
    const auto loaded = load_toml_text(text, "f.toml", config);
    return loaded ? std::string("loaded") : loaded.error().text;
}

}  // namespace

TEST_CASE("health levels: what was judged bad takes the level that was set; ok and starting stay") {
    CHECK(applied(Level::degraded, Level::unhealthy) == Level::unhealthy);
    CHECK(applied(Level::unhealthy, Level::degraded) == Level::degraded);
    CHECK(applied(Level::degraded, Level::ok) == Level::ok);
    CHECK(applied(Level::ok, Level::unhealthy) == Level::ok);
    CHECK(applied(Level::starting, Level::ok) == Level::starting);
    Verdict other = with("redis.ping.failed", Level::unhealthy);
    apply_levels(other, {{testing::code("redis.memory.full"), Level::ok, ""}});
    CHECK(other.level() == Level::unhealthy);
}

TEST_CASE("health levels: the configuration's errors say what would be right") {
    CHECK(toml_error("[levels]\n\"redis.memory.ful\" = \"ok\"\n") ==
          "f.toml:2: levels: no finding has the code 'redis.memory.ful'; did you mean "
          "'redis.memory.full'?");
    CHECK(toml_error("[levels]\n\"redis.memory.full\" = \"unhealty\"\n") ==
          "f.toml:2: levels: redis.memory.full: 'unhealty' is none of ok|degraded|unhealthy; did "
          "you mean 'unhealthy'?");
    CHECK(toml_error("[levels]\n\"redis.memory.full\" = \"starting\"\n")
              .find("none of ok|degraded|unhealthy") != std::string::npos);
    CHECK(toml_error("[levels]\n\"redis.dataset.loading\" = \"ok\"\n")
              .find("never worse than starting") != std::string::npos);
    CHECK(toml_error("[levels]\n\"redis.memory.full\" = 3\n")
              .find("f.toml:2: levels: \"redis.memory.full\" is") == 0);
    CHECK(toml_error("levels = 3\n").find("f.toml:1: ") == 0);
}

TEST_CASE("health levels: the environment beats the file, code by code") {
    Config config = default_config();
    REQUIRE(load_toml_text("[levels]\n\"redis.memory.full\" = \"ok\"\nnats.disk.full = \"ok\"\n",
                           "f.toml", config));
    REQUIRE(config.levels.size() == 2);
    const auto of = [](const Config& c, std::string_view code) {
        const auto found = std::ranges::find(c.levels, testing::code(code), &LevelOverride::code);
        REQUIRE(found != c.levels.end());
        return *found;
    };
    CHECK(of(config, "nats.disk.full").declared_at == "f.toml:3");
    Environment environment;
    environment.set("ARC_LEVELS", "redis.memory.full=unhealthy,nats.health.failed=degraded,");
    const auto loaded = load_config({.file = "/dev/null", .flags = {}});
    environment.set("ARC_LEVELS", "redis.memory.full");
    const auto wrong = load_config({.file = "/dev/null", .flags = {}});
    REQUIRE(loaded);
    CHECK(of(*loaded, "redis.memory.full").level == Level::unhealthy);
    CHECK(of(*loaded, "nats.health.failed").declared_at == "ARC_LEVELS");
    REQUIRE(!wrong);
    CHECK(wrong.error().text ==
          "ARC_LEVELS: 'redis.memory.full': write code=level, separated by commas");
}
