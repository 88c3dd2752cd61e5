#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "agent/kept_socket.hpp"
#include "agent/log_limit.hpp"
#include "agent/resources.hpp"
#include "http/limits.hpp"
#include "http/listen.hpp"

using namespace arc;
using namespace arc::agent;

namespace {

constexpr std::int64_t kMiB = std::int64_t{1024} * 1024;
const TokenBucket::Time kStart = TokenBucket::Time{} + std::chrono::hours{1};

std::uint16_t port_of(const Fd& listener) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    return ntohs(address.sin_port);
}

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
    CHECK(http::kMaxIn + kLeastMemory / http::kAnswersShare +
              std::size_t{2} * http::kForwardWorkers * (kLeastMemory / http::kForwardShare) <
          kLeastMemory);
}

TEST_CASE("agent resources: descriptors for its own questions are kept back") {
    CHECK(connection_cap(0) == 4);
    CHECK(connection_cap(50) == 4);
    CHECK(connection_cap(64) == 16);
    CHECK(connection_cap(1024) == http::kMaxConnections);
    CHECK(connection_cap(~std::uint64_t{0}) == http::kMaxConnections);
}

TEST_CASE("agent log: a line that is said again and again is counted") {
    LogLimit limit;
    int written = 0;
    for (int i = 0; i < 1000; ++i) {
        written +=
            limit.admit("accept: no descriptor", kStart + std::chrono::milliseconds{i}) ? 1 : 0;
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
        written +=
            limit.admit("line " + std::to_string(i), kStart + std::chrono::milliseconds{i}) ? 1 : 0;
    }
    CHECK(written < 400);  // 200, and one in each of the 100 seconds
}

TEST_CASE("agent kept socket: a listener outlives its process in the queue of a pair") {
    std::array<int, 2> ends{-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0);
    const Fd in{ends[0]};
    const Fd out{ends[1]};
    const KeptSocket kept{in.get(), out.get()};
    CHECK(kept.take("place").get() == -1);
    std::uint16_t port = 0;
    {
        const auto listener = http::listen_on({"127.0.0.1", 0});
        REQUIRE(listener);
        port = port_of(*listener);
        kept.keep(*listener, "place");
    }
    REQUIRE(connect_tcp("127.0.0.1", port, Deadline::after(std::chrono::seconds{5})).has_value());
    for (int i = 0; i < 3; ++i) {  // each agent finds it
        const Fd taken = kept.take("place");
        REQUIRE(taken.get() >= 0);
        CHECK(port_of(taken) == port);
        CHECK((::fcntl(taken.get(), F_GETFD) & FD_CLOEXEC) != 0);
        kept.keep(taken, "place");
    }
    CHECK(kept.take("elsewhere").get() == -1);
    const auto other = http::listen_on({"127.0.0.1", 0});
    REQUIRE(other);
    kept.keep(*other, "elsewhere");
    CHECK(kept.take("place").get() == -1);
    CHECK(connect_tcp("127.0.0.1", port, Deadline::after(std::chrono::seconds{5})).error().kind ==
          ErrorKind::refused);
}

TEST_CASE("agent kept socket: without a pair, or with something else in it, nothing is kept") {
    const auto listener = http::listen_on({"127.0.0.1", 0});
    REQUIRE(listener);
    const KeptSocket none{-1, -1};
    none.keep(*listener, "place");
    CHECK(none.take("place").get() == -1);
    std::array<int, 2> ends{-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0);
    const Fd in{ends[0]};
    const Fd out{ends[1]};
    REQUIRE(::send(in.get(), "place", 5, 0) == 5);
    CHECK(KeptSocket{in.get(), out.get()}.take("place").get() == -1);
    const KeptSocket kept{in.get(), out.get()};
    kept.keep(in, "place");  // no listener
    CHECK(kept.take("place").get() == -1);
}
