#include <doctest/doctest.h>

#include "init/oom.hpp"
#include "init_fake_sys.hpp"

using namespace arc::init;

TEST_CASE("oom: the counter in both layouts") {
    CHECK(parse_oom_kills("low 0\nhigh 0\nmax 7\noom 2\noom_kill 1\noom_group_kill 0\n") == 1);
    CHECK(parse_oom_kills("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n") == 3);
    CHECK_FALSE(parse_oom_kills("oom_kill_disable 0\nunder_oom 0\n"));  // v1 before Linux 4.13
    CHECK_FALSE(parse_oom_kills("oom_kill x\n"));
    CHECK_FALSE(parse_oom_kills(""));
}

TEST_CASE("oom: uses the first file that has the counter") {
    FakeSys sys;
    CHECK_FALSE(read_oom_kills(sys));
    sys.files = {{"/proc/self/cgroup", "4:memory:/docker/ab\n0::/\n"},
                 {"/sys/fs/cgroup/memory/memory.oom_control", "oom_kill 5\n"}};
    CHECK(read_oom_kills(sys) == 5);
}
