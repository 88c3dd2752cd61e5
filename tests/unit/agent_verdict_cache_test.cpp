#include <doctest/doctest.h>

#include <atomic>

#include "agent/verdict_cache.hpp"
#include "redis/config.hpp"
#include "redis/process.hpp"

using namespace arc;
using namespace std::chrono_literals;

namespace {

std::atomic<std::int64_t> given{0};  // milliseconds that the last question had

Verdict note_time(const Config&, Deadline deadline) {
    given = deadline.remaining().count();
    return {.service = "redis", .server = {}, .verified = {}, .findings = {}};
}

Service service_with(Verdict (*check)(const Config&, Deadline)) {
    return {.process = redis::kProcess,
            .title = "",
            .section = redis::kSection,
            .check = check,
            .urls = nullptr,
            .findings = {}};
}

}  // namespace

TEST_CASE("verdicts: who waits shortly gets no verdict that was cut short for everybody") {
    const Config config = default_config();
    const Service service = service_with(&note_time);
    agent::VerdictCache shared{service, config, 3000ms};
    CHECK(shared.last().count == 0);
    CHECK(shared.at_most(0ms, Deadline::after(1ms)).count == 1);
    CHECK(given > 2900);
    CHECK(shared.at_most(1000ms, Deadline::after(1ms)).count == 1);
    CHECK(shared.last().count == 1);
    agent::VerdictCache own{service, config};
    CHECK(own.at_most(0ms, Deadline::after(100ms)).count == 1);
    CHECK(given <= 100);
}
