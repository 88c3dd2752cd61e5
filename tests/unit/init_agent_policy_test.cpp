#include <doctest/doctest.h>

#include "init/agent_policy.hpp"

using namespace arc::init;

namespace {

constexpr Ended kKilled{.signo = SIGKILL};

}  // namespace

TEST_CASE("agent policy: the delay doubles from 0.1 s to 30 s, and a run of 2 s resets it") {
    AgentPolicy policy;
    for (const int milliseconds :
         {100, 200, 400, 800, 1600, 3200, 6400, 12'800, 25'600, 30'000, 30'000}) {
        CHECK(policy.ended(kKilled, Time{1'999}).again_in == Time{milliseconds});
    }
    CHECK(policy.ended(kKilled, Time{2'000}).again_in == Time{100});
    CHECK(policy.ended(kKilled, Time{10}).again_in == Time{200});
}

TEST_CASE("agent policy: an agent that is killed every 5 s is absent for 2% of the time") {
    AgentPolicy policy;
    Time lived{5'000};
    for (int i = 0; i < 1000; ++i) {
        const Time away = policy.ended(kKilled, lived).again_in;
        REQUIRE(away == Time{100});
        lived = Time{5'000} - away;
    }
}

TEST_CASE("agent policy: restarts the agent after every end") {
    for (int code = 0; code < 256; ++code) {
        CAPTURE(code);
        CHECK(AgentPolicy{}.ended({.code = code}, Time{10}).again_in == AgentPolicy::kFirstDelay);
    }
}

TEST_CASE("agent policy: log lines") {
    AgentPolicy policy;
    CHECK(policy.ended(kKilled, Time{12'300}).line ==
          "agent: killed by signal 9 (KILL) after 12.3 s; it restarts in 0.1 s. The server keeps "
          "running");
    CHECK(AgentPolicy{}.ended({.code = 0}, Time{10}).line ==
          "agent: exit 0 after 10 ms; it restarts in 0.1 s. The server keeps running");
    CHECK(policy.failed_to_start("out of pids").line ==
          "agent: cannot start: out of pids; next attempt in 0.2 s. The server keeps running");
}
