#include <doctest/doctest.h>
#include <sys/prctl.h>

#include "init/reap.hpp"
#include "init_fake_sys.hpp"

using namespace arc::init;

TEST_CASE("reap: one CHLD can stand for several ends") {
    FakeSys sys;
    for (int i = 0; i < 1000; ++i) {
        sys.children.push_back(FakeSys::exited(100 + i, i % 256));
    }
    sys.has_children = true;
    const Reaped reaped = reap(sys);
    CHECK(reaped.children.size() == 1000);
    CHECK(reaped.children.back().ended.code == 999 % 256);
    CHECK_FALSE(reaped.none_left);
}

TEST_CASE("reap: reports that no child is left, and distinguishes stops from ends") {
    FakeSys sys;
    CHECK(reap(sys).none_left);
    sys.children = {FakeSys::stopped(7, SIGTSTP), FakeSys::killed(8, SIGKILL)};
    const Reaped reaped = reap(sys);
    REQUIRE(reaped.children.size() == 2);
    CHECK(reaped.children[0].stopped_by == SIGTSTP);
    CHECK(reaped.children[1].stopped_by == 0);
    CHECK(reaped.children[1].ended.signo == SIGKILL);
    CHECK((sys.wait_options & WSTOPPED) != 0);
}

TEST_CASE("reap: also adopts orphans if it is not PID 1") {
    FakeSys sys;
    become_reaper(sys);
    CHECK(sys.calls.empty());
    sys.pid = 99;
    become_reaper(sys);
    CHECK(sys.called("prctl " + std::to_string(PR_SET_CHILD_SUBREAPER) + " 1"));
}
