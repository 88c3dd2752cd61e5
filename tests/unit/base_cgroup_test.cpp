#include <doctest/doctest.h>

#include "base/cgroup.hpp"

using namespace arc;
using Paths = std::vector<std::string>;

TEST_CASE("cgroup: the files of the memory accounting") {
    const auto files = [](const char* text) {
        return memory_files(text, "memory.max", "memory.limit_in_bytes");
    };
    CHECK(files("0::/\n") == Paths{"/sys/fs/cgroup/memory.max"});
    CHECK(files("0::/docker/ab\n") ==
          Paths{"/sys/fs/cgroup/docker/ab/memory.max", "/sys/fs/cgroup/memory.max"});
    CHECK(files("8:pids:/\n4:hugetlb,memory:/docker/ab\n1:cpu:/\n") ==
          Paths{"/sys/fs/cgroup/memory/docker/ab/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes"});
    CHECK(files("9:name=memory:/\n\nrubbish\n").empty());
}

TEST_CASE("cgroup: with and without a limit, in both layouts") {
    CHECK(parse_memory_limit("536870912\n") == 536'870'912);
    CHECK_FALSE(parse_memory_limit("max\n"));
    CHECK_FALSE(parse_memory_limit("9223372036854771712\n"));
    CHECK_FALSE(parse_memory_limit("99999999999999999999\n"));
    CHECK_FALSE(parse_memory_limit(""));
}
