#include <doctest/doctest.h>

#include <new>
#include <system_error>

#include "health/purpose.hpp"
#include "redis/config.hpp"
#include "redis/process.hpp"
#include "service.hpp"

using namespace arc;
using namespace std::chrono_literals;

namespace {

Verdict no_memory(const Config&, Deadline) {
    throw std::bad_alloc{};
}

Verdict no_thread(const Config&, Deadline) {
    throw std::system_error{std::make_error_code(std::errc::resource_unavailable_try_again)};
}

}  // namespace

TEST_CASE(
    "service: our own want of memory or threads is a finding about the sidecar, and no probe for "
    "liveness fails") {
    Config config = default_config();
    config.state_dir.value = "/nonexistent";
    for (const auto check : {&no_memory, &no_thread}) {
        const Service service{.process = redis::kProcess,
                              .title = "",
                              .section = redis::kSection,
                              .check = check,
                              .urls = nullptr,
                              .findings = {}};
        const Verdict verdict = ask(service, config, Deadline::after(1s));
        REQUIRE(verdict.findings.size() == 1);
        CHECK(verdict.findings.front().code == "sidecar.resources.exhausted");
        CHECK(verdict.level() == Level::degraded);
        CHECK(passes(verdict, Purpose::live));
    }
    CHECK(shortage("x", Level::starting).level == Level::starting);
    CHECK(shortage("x", Level::unhealthy).level == Level::degraded);
}
