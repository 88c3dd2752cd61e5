// The catalogue of codes. That each row is complete, sorted and well-formed is a static assertion
// of its table (is_catalogue()).
#include "health/catalogue.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/suggest.hpp"
#include "codes.hpp"
#include "health/levels.hpp"

using namespace arc;

namespace {

constexpr std::string_view kGood = "x.stream.ok";
constexpr CatalogueRow kMissing{.code = "x.stream.missing",
                                .worst = Level::unhealthy,
                                .meaning = "m",
                                .measurement = "m",
                                .reason = "r",
                                .remedy = "r"};

constexpr CatalogueRow ok_row(std::string_view code) {
    return {.code = code, .worst = Level::ok, .meaning = "m", .measurement = "m"};
}

}  // namespace

TEST_CASE("catalogue: a code has three parts of lower-case letters, the service's name first") {
    static_assert(is_code_of("x", kGood));
    static_assert(is_code_of("x", "x.public_default.missing"));
    static_assert(!is_code_of("x", "y.stream.missing"));
    static_assert(!is_code_of("x", "x.stream"));
    static_assert(!is_code_of("x", "x.stream.missing.now"));
    static_assert(!is_code_of("x", "x.maxmemory-policy.drift"));
    static_assert(!is_code_of("x", "x..missing"));
    static_assert(!is_code_of("x", "x.stream."));
    static_assert(!is_code_of("x", "x.Stream.missing"));
}

TEST_CASE("catalogue: a table is refused that is not sorted, or lacks a text") {
    static_assert(is_catalogue("x", std::array{kMissing, ok_row(kGood)}));
    static_assert(!is_catalogue("x", std::array{ok_row(kGood), kMissing}));
    static_assert(!is_catalogue("x", std::array{kMissing, kMissing}));
    static_assert(!is_catalogue("y", std::array{kMissing}));
    static_assert(!is_catalogue("x", std::array{ok_row("x.stream.missing")}));
    constexpr CatalogueRow kSilent{.code = "x.stream.missing", .worst = Level::unhealthy};
    static_assert(!is_catalogue("x", std::array{kSilent}));
}

TEST_CASE("catalogue: what a restart helps is unhealthy at its worst") {
    for (const CatalogueSection& section : catalogue()) {
        for (const CatalogueRow& row : section.rows) {
            CAPTURE(row.code);
            const bool helps =
                row.restart == RestartEffect::helps || row.restart == RestartEffect::helps_silence;
            CHECK((!helps || row.worst == Level::unhealthy));
        }
    }
}

TEST_CASE(
    "catalogue: no code of 0.1.0 is a code of now, and its level is an error with the new one") {
    std::size_t renamed = 0;
    for (const CatalogueSection& section : catalogue()) {
        for (const CatalogueRow& row : section.rows) {
            for (const std::string_view old : split(row.before, ' ')) {
                if (old.empty()) {
                    continue;
                }
                CAPTURE(old);
                ++renamed;
                CHECK_FALSE(find_code(old));
                CHECK(std::ranges::contains(successors(old), testing::code(row.code)));
                const auto level = parse_level(old, "degraded", "ARC_LEVELS");
                REQUIRE_FALSE(level);
                CHECK(level.error().kind == ErrorKind::config);
                CHECK(level.error().text.contains("; it was renamed to '"));
            }
        }
    }
    CHECK(renamed > 100);
}

TEST_CASE("catalogue: the hint names the codes whose level can be set, or the nearest code") {
    CHECK(hint_for("nats.room") == "; it was renamed to 'nats.disk.full' after 0.1.0");
    CHECK(hint_for("redis.canary") == "; it was renamed to 'redis.canary.ok' after 0.1.0");
    CHECK(hint_for("pulsar.tls") ==
          "; it was renamed to 'pulsar.connection.misconfigured' or 'pulsar.connection.tls' after "
          "0.1.0");
    CHECK(hint_for("redis.memory.ful") == "; did you mean 'redis.memory.full'?");
    CHECK(hint_for("x").empty());
}
