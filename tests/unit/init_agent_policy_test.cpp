#include <doctest/doctest.h>

#include "init/agent_policy.hpp"

using namespace arc::init;

namespace {

constexpr Ended kKilled{.signo = SIGKILL};

}  // namespace

TEST_CASE("agent policy: the delay doubles from 1 s to 30 s, and starts anew after a minute of life") {
    AgentPolicy policy;
    for (const int seconds : {1, 2, 4, 8, 16, 30, 30}) {
        CHECK(policy.ended(kKilled, Time{59'999}).again_in == std::chrono::seconds{seconds});
    }
    CHECK(policy.ended(kKilled, Time{60'000}).again_in == std::chrono::seconds{1});
    CHECK(policy.ended(kKilled, Time{10}).again_in == std::chrono::seconds{2});
}

TEST_CASE("agent policy: no end is its last word") {
    for (int code = 0; code < 256; ++code) {
        CAPTURE(code);
        CHECK(AgentPolicy{}.ended({.code = code}, Time{10}).again_in == AgentPolicy::kFirstDelay);
    }
}

TEST_CASE("agent policy: the lines") {
    AgentPolicy policy;
    CHECK(policy.ended(kKilled, Time{12'300}).line ==
          "agent: killed by signal 9 (KILL) after 12.3 s: the server goes on; agent back in 1.0 s");
    CHECK(AgentPolicy{}.ended({.code = 0}, Time{10}).line == "agent: exit 0 after 10 ms: the server goes on; agent back in 1.0 s");
    CHECK(policy.failed_to_start("out of pids").line == "agent: cannot start: out of pids: the server goes on; next try in 2.0 s");
}
