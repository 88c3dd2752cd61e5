#include <doctest/doctest.h>

#include "agent/log_limit.hpp"
#include "agent/resources.hpp"
#include "front/limits.hpp"

using namespace arc;
using namespace arc::agent;

namespace {

constexpr std::int64_t kMiB = std::int64_t{1024} * 1024;
const front::Budget::Time kStart = front::Budget::Time{} + std::chrono::hours{1};

}  // namespace

TEST_CASE("agent resources: a share of the container's memory, within bounds") {
    CHECK(memory_cap(std::nullopt) == kMostMemory);
    CHECK(memory_cap(512 * kMiB) == static_cast<std::size_t>(512 * kMiB / 5));
    CHECK(memory_cap(1280 * kMiB) == static_cast<std::size_t>(256 * kMiB));
    CHECK(memory_cap(16 * kMiB) == kLeastMemory);
    CHECK(memory_cap(-1) == kLeastMemory);
    CHECK(memory_cap(std::int64_t{64} * 1024 * kMiB) == kMostMemory);
}

TEST_CASE("agent resources: what comes in and waits fits into the smallest memory cap") {
    CHECK(front::kMaxIn + kLeastMemory / front::kAnswersShare + 2 * front::kPassedWorkers * (kLeastMemory / front::kPassedShare) <
          kLeastMemory);
}

TEST_CASE("agent resources: descriptors for its own questions are kept back") {
    CHECK(connection_cap(0) == 4);
    CHECK(connection_cap(50) == 4);
    CHECK(connection_cap(64) == 16);
    CHECK(connection_cap(1024) == front::kMaxConnections);
    CHECK(connection_cap(~std::uint64_t{0}) == front::kMaxConnections);
}

TEST_CASE("agent log: a line that is said again and again is counted") {
    LogLimit limit;
    int written = 0;
    for (int i = 0; i < 1000; ++i) {
        written += limit.admit("accept: no descriptor", kStart + std::chrono::milliseconds{i}) ? 1 : 0;
    }
    CHECK(written == 5);
    CHECK(limit.admit("another", kStart + std::chrono::seconds{2}) == "another");
    CHECK(limit.admit("accept: no descriptor", kStart + std::chrono::seconds{70}) ==
          "accept: no descriptor (said 995 more times since, not written)");
}

TEST_CASE("agent log: ever new lines have a limit, too") {
    LogLimit limit;
    int written = 0;
    for (int i = 0; i < 100'000; ++i) {
        written += limit.admit("line " + std::to_string(i), kStart + std::chrono::milliseconds{i}) ? 1 : 0;
    }
    CHECK(written < 400);  // 200, and one in each of the 100 seconds
}
