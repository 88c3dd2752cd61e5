#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <new>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "http/listen.hpp"
#include "http/server.hpp"

using namespace arc;
using namespace arc::http;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kLarge = std::size_t{1024} * 1024;

Reply text(std::string body) {
    Reply reply;
    reply.body = std::make_shared<const std::string>(std::move(body));
    return reply;
}

// Selects the pool by the path. A scrape waits for `go`. Each "/large" request gets its own body.
class TestHandler final : public Handler {
public:
    [[nodiscard]] Pool pool(const HttpMessage& request) const override {
        return request.target == "/scrape"    ? Pool::scrape
               : request.target == "/probe"   ? Pool::probe
               : request.target == "/forward" ? Pool::forward
                                              : Pool::immediate;
    }
    [[nodiscard]] milliseconds time_limit(const HttpMessage&) const override { return time_limit_; }
    [[nodiscard]] Reply answer_now(const HttpMessage& request) override {
        return request.target == "/large" ? text(std::string(kLarge, 'x')) : text("at once");
    }
    [[nodiscard]] Rendering ask(Pool pool) override {
        if (pool == Pool::scrape) {
            ++asked;
            go.acquire();
        }
        return [pool](const HttpMessage& request) {
            return request.method == "POST" ? throw std::bad_alloc{}
                                            : text(pool == Pool::scrape ? "scraped" : "probed");
        };
    }
    [[nodiscard]] Reply forward(const HttpMessage&) override { throw std::bad_alloc{}; }

    milliseconds time_limit_{10'000};
    std::atomic<int> asked{0};
    std::counting_semaphore<> go{0};
};

std::uint16_t port_of(const Fd& listener) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    return ntohs(address.sin_port);
}

class Client {
public:
    explicit Client(std::uint16_t port)
        : socket_(std::move(*connect_tcp("127.0.0.1", port, Deadline::after(5s)))) {}

    void send(const std::string& path, const std::string& method = "GET") const {
        const std::string request = method + " " + path + " HTTP/1.1\r\n\r\n";
        REQUIRE(::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(request.size()));
    }
    // The next bytes within `time`; empty at the end of the connection, "…" after a timeout.
    [[nodiscard]] std::string receive(milliseconds time = 5s) const {
        std::string bytes(65'536, '\0');
        if (!wait_ready(socket_.get(), POLLIN, Deadline::after(time))) {
            return "…";
        }
        const ssize_t size = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
        bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return bytes;
    }

private:
    Fd socket_;
};

struct Served {
    explicit Served(ServerLimits limits = {}) {
        auto listener = listen_on({"127.0.0.1", 0});
        REQUIRE(listener.has_value());
        port = port_of(*listener);
        server.emplace(std::move(*listener), handler, limits);
    }
    TestHandler handler;
    std::uint16_t port = 0;
    std::optional<Server> server;
};

}  // namespace

TEST_CASE("http server: waiting scrapes share one query, and a probe does not wait for a scrape") {
    Served served;
    std::vector<std::unique_ptr<Client>> scrapers;
    for (int i = 0; i < 20; ++i) {
        scrapers.push_back(std::make_unique<Client>(served.port));
        scrapers.back()->send("/scrape");
    }
    const Client prober{served.port};
    prober.send("/probe");
    CHECK(prober.receive().ends_with("probed"));
    served.handler.go.release(10);
    for (const auto& scraper : scrapers) {
        CHECK(scraper->receive().ends_with("scraped"));
    }
    CHECK(served.handler.asked <= 2);
}

TEST_CASE(
    "http server: after its time limit a client gets a reply at once, and others keep waiting") {
    Served served;
    served.handler.time_limit_ = 50ms;
    const Client hasty{served.port};
    hasty.send("/scrape");
    CHECK(hasty.receive().ends_with("at once"));
    served.handler.go.release(1);
    hasty.send("/probe");
    CHECK(hasty.receive().ends_with("probed"));
}

TEST_CASE(
    "http server: without memory for a reply the client gets 503, and the next request succeeds") {
    Served served;
    const Client client{served.port};
    for (const auto& [path, method] : {std::pair{"/forward", "GET"}, std::pair{"/probe", "POST"}}) {
        client.send(path, method);
        CHECK(client.receive().starts_with("HTTP/1.1 503 "));
    }
    client.send("/probe");
    CHECK(client.receive().ends_with("probed"));
}

TEST_CASE(
    "http server: at the limit of connections, the one that has been idle for longest is closed") {
    Served served{{.connections = 3, .answers = kLarge}};
    const Client waiting{served.port};
    waiting.send("/scrape");
    CHECK(waiting.receive(100ms) == "…");
    const Client oldest{served.port};
    CHECK(oldest.receive(100ms) == "…");
    const Client older{served.port};
    CHECK(older.receive(100ms) == "…");
    const Client newest{served.port};
    CHECK(oldest.receive().empty());
    newest.send("/probe");
    CHECK(newest.receive().ends_with("probed"));
    older.send("/probe");
    CHECK(older.receive().ends_with("probed"));
    served.handler.go.release(1);
    CHECK(waiting.receive().ends_with("scraped"));
}

TEST_CASE("http server: unsent replies have a limit, and the slowest reader is cut off") {
    Served served{{.connections = 10, .answers = 3 * kLarge}};
    std::vector<std::unique_ptr<Client>> readers;
    for (int i = 0; i < 5; ++i) {
        readers.push_back(std::make_unique<Client>(served.port));
        readers.back()->send("/large");
        std::this_thread::sleep_for(20ms);
    }
    const auto whole = [](const Client& client) {
        std::size_t size = 0;
        for (std::string bytes = client.receive(); !bytes.empty() && bytes != "…" && size < kLarge;
             bytes = client.receive()) {
            size += bytes.size();
        }
        return size >= kLarge;
    };
    CHECK_FALSE(whole(*readers.front()));
    CHECK(whole(*readers.back()));
}

TEST_CASE("http server: pipelined requests are answered in order") {
    Served served;
    const Client client{served.port};
    client.send("/large");
    client.send("/probe");
    std::string all;
    while (!all.ends_with("probed")) {
        const std::string bytes = client.receive();
        REQUIRE(!bytes.empty());
        all += bytes;
    }
    CHECK(all.size() > kLarge);
}
