#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <string>
#include <thread>

#include "net/resolve.hpp"
#include "net/tcp.hpp"
#include "temporary.hpp"

using namespace arc;
using arc::testing::TemporaryDirectory;
using std::chrono::milliseconds;

namespace {

constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeAaaa = 28;

// The behaviour of the test's name server.
enum class Answer { none, no_such_name, addresses, only_a };

// A DNS server (RFC 1035) on a loopback port. Every name has the addresses 192.0.2.7 and
// 2001:db8::7, unless `answer` says otherwise.
class NameServer {
public:
    explicit NameServer(Answer answer)
        : answer_(answer), socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
        REQUIRE(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
    }

    // A resolv.conf that names this server.
    [[nodiscard]] std::string resolv_conf(const TemporaryDirectory& directory) const {
        return directory.file("resolv.conf",
                              "nameserver 127.0.0.1:" + std::to_string(port_) + "\n");
    }
    [[nodiscard]] int questions() const { return questions_; }

private:
    void serve(const std::stop_token& stop) {
        std::array<char, 512> buffer{};
        while (!stop.stop_requested()) {
            if (!wait_ready(socket_.get(), POLLIN, Deadline::after(milliseconds{50}))) {
                continue;
            }
            sockaddr_storage peer{};
            socklen_t size = sizeof peer;
            const ssize_t got = ::recvfrom(socket_.get(), buffer.data(), buffer.size(), 0,
                                           reinterpret_cast<sockaddr*>(&peer), &size);
            if (got < 17) {
                continue;
            }
            ++questions_;
            const std::string reply = answer_to({buffer.data(), static_cast<std::size_t>(got)});
            if (!reply.empty()) {
                ::sendto(socket_.get(), reply.data(), reply.size(), 0,
                         reinterpret_cast<const sockaddr*>(&peer), size);
            }
        }
    }

    [[nodiscard]] std::string answer_to(const std::string& question) const {
        const std::size_t end = question.find('\0', 12) + 5;  // the name's end, type and class
        const auto type = static_cast<std::uint8_t>(question[end - 3]);
        if (answer_ == Answer::none || (answer_ == Answer::only_a && type == kTypeAaaa)) {
            return {};
        }
        const bool found = answer_ != Answer::no_such_name;
        std::string reply = question.substr(0, 2);
        // an answer; NXDOMAIN
        reply += found ? std::string("\x81\x80", 2) : std::string("\x81\x83", 2);
        reply += std::string("\0\1", 2) +
                 (found ? std::string("\0\1", 2) : std::string("\0\0", 2)) + std::string(4, '\0');
        reply += question.substr(12, end - 12);
        if (found) {
            reply += std::string("\xC0\x0C\0", 3) + static_cast<char>(type) +
                     std::string("\0\1\0\0\0\x3C\0", 7);
            reply += type == kTypeA ? std::string("\4\xC0\0\2\7", 5)
                                    : std::string("\x10\x20\1\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\7", 17);
        }
        return reply;
    }

    Answer answer_;
    Fd socket_;
    std::uint16_t port_ = 0;
    std::atomic<int> questions_ = 0;
    std::jthread thread_;
};

Result<Addresses> ask(Answer answer, const std::string& host, milliseconds budget) {
    const TemporaryDirectory directory;
    const NameServer server(answer);
    return resolve(host, Deadline::after(budget), server.resolv_conf(directory).c_str());
}

// A listening socket on loopback; its port.
struct Listener {
    Fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    std::uint16_t port = 0;

    explicit Listener(int backlog) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
        REQUIRE(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port = ntohs(address.sin_port);
        if (backlog >= 0) {
            REQUIRE(::listen(socket.get(), backlog) == 0);
        }
    }
};

}  // namespace

TEST_CASE("net resolve: literal addresses and localhost need no query") {
    const Deadline deadline = Deadline::after(milliseconds{0});
    CHECK(resolve("127.0.0.1", deadline) == Addresses{"127.0.0.1"});
    CHECK(resolve("::1", deadline) == Addresses{"::1"});
    CHECK(resolve("localhost", deadline) == Addresses{"127.0.0.1", "::1"});
}

TEST_CASE("net resolve: every address of a name, IPv4 first") {
    CHECK(ask(Answer::addresses, "cache.example", milliseconds{3000}) ==
          Addresses{"192.0.2.7", "2001:db8::7"});
}

TEST_CASE("net resolve: a resolver that drops AAAA causes only a short delay") {
    const auto start = Deadline::Clock::now();
    CHECK(ask(Answer::only_a, "cache.example", milliseconds{3000}) == Addresses{"192.0.2.7"});
    CHECK(Deadline::Clock::now() - start < milliseconds{1500});
}

TEST_CASE("net resolve: a name that does not exist") {
    const auto addresses = ask(Answer::no_such_name, "nosuch.example", milliseconds{3000});
    REQUIRE(!addresses);
    CHECK(addresses.error().kind == ErrorKind::unresolved);
    CHECK(addresses.error().text.starts_with("'nosuch.example' does not resolve"));
}

TEST_CASE("net resolve: repeats a query without an answer, and times out") {
    const TemporaryDirectory directory;
    const NameServer server(Answer::none);
    const auto start = Deadline::Clock::now();
    const auto addresses = resolve("cache.example", Deadline::after(milliseconds{1200}),
                                   server.resolv_conf(directory).c_str());
    const auto took = Deadline::Clock::now() - start;
    REQUIRE(!addresses);
    CHECK(addresses.error().kind == ErrorKind::unresolved);
    CHECK(addresses.error().text ==
          "the resolver did not answer for 'cache.example' within 1200ms");
    CHECK(took >= milliseconds{1150});
    CHECK(took < milliseconds{1700});
    CHECK(server.questions() >= 4);  // A and AAAA, each at least twice, in case of a lost packet
}

TEST_CASE("net resolve: without a resolver it fails immediately") {
    const auto start = Deadline::Clock::now();
    const auto addresses =
        resolve("cache.example", Deadline::after(milliseconds{3000}), "/nonexistent/resolv.conf");
    REQUIRE(!addresses);
    CHECK(addresses.error().kind == ErrorKind::unresolved);
    CHECK(Deadline::Clock::now() - start < milliseconds{1000});
}

TEST_CASE("net tcp: accepted, refused, silent") {
    const Listener open(8);
    CHECK(try_connect("127.0.0.1", open.port, Deadline::after(milliseconds{2000})));
    const Listener closed(-1);  // bound, not listening: refused
    const auto refused = try_connect("127.0.0.1", closed.port, Deadline::after(milliseconds{2000}));
    REQUIRE(!refused);
    CHECK(refused.error().kind == ErrorKind::refused);
    CHECK(refused.error().text ==
          "127.0.0.1:" + std::to_string(closed.port) + ": Connection refused");
    CHECK(!try_connect("not-an-address", 1, Deadline::after(milliseconds{10})));
}

TEST_CASE("net tcp: a full listen queue drops the handshake, which ends at the deadline") {
    const Listener full(0);
    std::vector<Fd> waiting;
    Result<Fd> last = connect_tcp("127.0.0.1", full.port, Deadline::after(milliseconds{200}));
    for (int i = 0; i < 8 && last; ++i) {
        waiting.push_back(std::move(*last));
        last = connect_tcp("127.0.0.1", full.port, Deadline::after(milliseconds{200}));
    }
    REQUIRE(!last);
    CHECK(last.error().kind == ErrorKind::timeout);
    CHECK(last.error().text.find("no answer within 200ms") != std::string::npos);
}

TEST_CASE("net tcp: tries every address, and names all of them if none answers") {
    const Listener open(8);
    CHECK(reachable_address("localhost", open.port, Deadline::after(milliseconds{2000})) ==
          "127.0.0.1");
    CHECK(connect_host("localhost", open.port, Deadline::after(milliseconds{2000})));
    const Listener closed(-1);
    const auto refused =
        connect_host("localhost", closed.port, Deadline::after(milliseconds{2000}));
    REQUIRE(!refused);
    CHECK(refused.error().text.find("127.0.0.1:") != std::string::npos);
    CHECK(refused.error().text.find("[::1]:") != std::string::npos);
}
