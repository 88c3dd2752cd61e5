#include <doctest/doctest.h>

#include "init/descendants.hpp"
#include "init_fake_sys.hpp"

using namespace arc::init;

namespace {

std::vector<pid_t> pids(const std::vector<Process>& processes) {
    std::vector<pid_t> result;
    for (const Process& process : processes) {
        result.push_back(process.pid);
    }
    std::ranges::sort(result);
    return result;
}

}  // namespace

TEST_CASE("descendants: a stat line with unusual names") {
    const auto plain = parse_stat("57 (redis-server) S 1 57 57 0 -1");
    REQUIRE(plain);
    CHECK(plain->pid == 57);
    CHECK(plain->parent == 1);
    CHECK(plain->name == "redis-server");
    CHECK_FALSE(plain->zombie);
    const auto odd = parse_stat("58 (a) S 9 (b)) Z 12 0");
    REQUIRE(odd);
    CHECK(odd->name == "a) S 9 (b)");
    CHECK(odd->parent == 12);
    CHECK(odd->zombie);
    for (const char* text :
         {"", "57", "57 (x", "57 (x)", "57 (x) ", "57 (x) S", "x (y) S 1 ", ") (", " (a) S 1 "}) {
        CAPTURE(text);
        CHECK_FALSE(parse_stat(text));
    }
}

TEST_CASE("descendants: indirect children, without other processes, zombies and the agent") {
    const std::vector<Process> all{
        {1, 0, "init", false},  {7, 1, "sh", false},   {8, 7, "redis", false},
        {9, 1, "agent", false}, {10, 9, "its", false}, {20, 0, "exec'd", false},
        {21, 20, "its", false}, {30, 8, "dead", true}, {31, 30, "x", false}};
    CHECK(pids(descendants_of(all, 1, 9)) == std::vector<pid_t>{7, 8, 31});
    CHECK(pids(descendants_of(all, 8, 0)) == std::vector<pid_t>{31});
    CHECK(descendants_of(all, 31, 0).empty());
}

TEST_CASE("descendants: read from /proc, where processes come and go") {
    FakeSys sys;
    sys.directories["/proc"] = {"1", "self", "7", "8", "meminfo"};
    // Process 8 has already ended.
    sys.files = {{"/proc/1/stat", "1 (arc) S 0 1"}, {"/proc/7/stat", "7 (x) S 1 7"}};
    CHECK(pids(read_processes(sys)) == std::vector<pid_t>{1, 7});
}

TEST_CASE("descendants: names for the log") {
    std::vector<Process> some{{57, 1, "redis-server", false}, {58, 1, "sh", false}};
    CHECK(list_names(some) == "57 (redis-server), 58 (sh)");
    some.resize(7, {60, 1, "sleep", false});
    CHECK(list_names(some).ends_with("60 (sleep) and 2 more"));
}
