#include "http/server.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#include "http/connection.hpp"
#include "http/eviction.hpp"
#include "http/processor_limit.hpp"
#include "http/request.hpp"
#include "http/workers.hpp"

namespace arc::http {
namespace {

using Clock = std::chrono::steady_clock;
using State = ClientConnection::State;

// The pause before the next accept() if the server cannot accept a connection. Until then the
// server does not poll the listening socket, because poll() would return immediately.
constexpr milliseconds kAcceptPause{20};

Reply too_busy() {
    Reply reply = text_reply(503, "arc-sidecar: too many requests are waiting\n");
    reply.headers.emplace_back("Retry-After", "1");
    return reply;
}

pollfd polled_for(const ClientConnection& connection) {
    const bool reads =
        (connection.state == State::reading && connection.input.size() < kMaxInput) ||
        connection.state == State::closing;
    const bool writes = connection.state == State::writing;
    const int events = writes ? POLLOUT : reads ? POLLIN : 0;
    return {.fd = connection.socket.get(), .events = static_cast<short>(events), .revents = 0};
}

}  // namespace

struct Server::Impl {
    Impl(Fd given, Handler& answering, ServerLimits most)
        : listener(std::move(given)), handler(answering), limits(most) {}

    void start();
    void loop();
    void turn();
    void poll_sockets(Time now);
    [[nodiscard]] int poll_timeout(Time now) const;
    void handle_all(Time now);
    void close_marked();
    void accept_connections(Time now);
    void evict_one(Time now);
    void handle(ClientConnection& connection, std::uint64_t number, short events, Time now);
    void handle_request(ClientConnection& connection, std::uint64_t number, Time now);
    void dispatch(ClientConnection& connection, std::uint64_t number, Parsed parsed, Time now);
    void reply_to(ClientConnection& connection, std::uint64_t number, const Reply& reply,
                  bool head_only, Time now);
    void send(ClientConnection& connection, std::uint64_t number, Time now);
    [[nodiscard]] std::size_t waiting() const;
    void handle_timeouts(Time now);
    void handle_finished(Time now);

    Fd listener;
    Handler& handler;
    ServerLimits limits;
    Connections connections;
    std::uint64_t last_number = 0;
    std::vector<std::uint64_t> marked;  // connections to close at the end of the turn
    std::vector<pollfd> polled;  // the listener, the workers' wake_fd(), the connections in order
    Time accept_again;           // the end of a pause in accepting
    ProcessorLimit processor;
    std::atomic<bool> stopping{false};
    Workers workers;
    std::jthread thread;
};

// --- the loop ---

void Server::Impl::loop() {
    while (!stopping) {
        try {
            turn();
        } catch (const std::bad_alloc&) {
            evict_one(Clock::now());  // its memory is available in the next turn
            std::this_thread::sleep_for(milliseconds{1});
        }
    }
}

void Server::Impl::turn() {
    processor.pause_if_exceeded();
    poll_sockets(Clock::now());
    handle_all(Clock::now());
}

void Server::Impl::poll_sockets(Time now) {
    const bool accepts = now >= accept_again;
    polled.clear();
    polled.push_back({.fd = accepts ? listener.get() : -1, .events = POLLIN, .revents = 0});
    polled.push_back({.fd = workers.wake_fd(), .events = POLLIN, .revents = 0});
    for (const auto& [number, connection] : connections) {
        polled.push_back(polled_for(connection));
    }
    ::poll(polled.data(), polled.size(), poll_timeout(now));
}

int Server::Impl::poll_timeout(Time now) const {
    if (connections.empty() && now >= accept_again) {
        return -1;
    }
    Time next = now >= accept_again ? Time::max() : accept_again;
    for (const auto& [number, connection] : connections) {
        next = std::min(next, connection.pipelined ? now : times_out_at(connection));
    }
    return static_cast<int>(
        std::clamp<std::int64_t>(std::chrono::ceil<milliseconds>(next - now).count(), 0, INT_MAX));
}

// Handles the events of poll(). The connections are in the order of `polled`: connections are only
// added and removed at the end.
void Server::Impl::handle_all(Time now) {
    std::size_t at = 2;
    for (auto& [number, connection] : connections) {
        handle(connection, number, polled[at++].revents, now);
    }
    handle_finished(now);
    handle_timeouts(now);
    close_marked();
    if (polled[0].revents != 0) {
        accept_connections(now);
    }
}

void Server::Impl::close_marked() {
    for (const std::uint64_t number : std::exchange(marked, {})) {
        if (const auto found = connections.find(number); found != connections.end()) {
            if (found->second.job) {
                found->second.job->dropped = true;
            }
            connections.erase(found);
        }
    }
}

void Server::Impl::accept_connections(Time now) {
    constexpr int kMaxPerTurn = 64;
    for (int i = 0; i < kMaxPerTurn; ++i) {
        const bool full = connections.size() >= limits.connections;
        if (full && find_eviction(connections, now) == connections.end()) {
            accept_again = now + kAcceptPause;
            return;
        }
        Fd socket{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
        if (socket.get() >= 0) {
            if (full) {
                evict_one(now);
            }
            connections.emplace(++last_number, ClientConnection{std::move(socket), now});
        } else if (errno != ECONNABORTED && errno != EINTR) {
            if (is_shortage(errno)) {
                accept_again = now + kAcceptPause;
                evict_one(now);
            }
            return;
        }
    }
}

void Server::Impl::evict_one(Time now) {
    if (const auto found = find_eviction(connections, now); found != connections.end()) {
        connections.erase(found);
    }
}

// --- one connection ---

void Server::Impl::handle(ClientConnection& connection, std::uint64_t number, short events,
                          Time now) {
    if ((events & (POLLERR | POLLNVAL)) != 0 ||
        ((events & POLLHUP) != 0 && connection.state == State::waiting)) {
        marked.push_back(number);  // the client has reset the connection
        return;
    }
    connection.is_new = false;
    if (connection.state == State::reading && connection.pipelined) {
        handle_request(connection, number, now);
        return;
    }
    if (events == 0) {
        return;
    }
    switch (connection.state) {
        case State::reading:
            if (const Transfer received = connection.receive(now); received == Transfer::done) {
                handle_request(connection, number, now);
            } else if (received == Transfer::closed) {
                marked.push_back(number);
            }
            break;
        case State::writing:
            send(connection, number, now);
            break;
        case State::closing:
            if (connection.discard() == Transfer::closed) {
                marked.push_back(number);
            }
            break;
        case State::waiting:
            break;
    }
}

void Server::Impl::handle_request(ClientConnection& connection, std::uint64_t number, Time now) {
    connection.pipelined = false;
    Parsed parsed = parse_request(connection.input);
    switch (parsed.state) {
        case Parsed::State::incomplete:
            break;
        case Parsed::State::bad:
            connection.keep = false;
            connection.input.clear();
            reply_to(connection, number,
                     text_reply(parsed.status, "arc-sidecar: malformed or unsupported request\n"),
                     false, now);
            break;
        case Parsed::State::complete:
            connection.input.erase(0, parsed.used);
            dispatch(connection, number, std::move(parsed), now);
            break;
    }
}

// Answers the request, or queues it for a worker.
void Server::Impl::dispatch(ClientConnection& connection, std::uint64_t number, Parsed parsed,
                            Time now) {
    connection.keep = parsed.keep;
    const Pool pool = handler.pool(parsed.request);
    const bool head_only = parsed.request.method == "HEAD";
    if (pool == Pool::immediate) {
        reply_to(connection, number, handler.answer_now(parsed.request), head_only, now);
        return;
    }
    auto job = std::make_shared<Job>();
    job->connection = number;
    job->request = std::move(parsed.request);
    const bool full = pool != Pool::probe && waiting() >= limits.connections * kWaitingEighths / 8;
    const std::size_t queue = pool == Pool::forward ? kMaxQueue : limits.connections;
    if (full || !workers.submit(pool, job, queue)) {
        reply_to(connection, number, too_busy(), head_only, now);
        return;
    }
    connection.pool = pool;
    connection.state = State::waiting;
    connection.since = now;
    connection.reply_by = now + handler.time_limit(job->request);
    connection.job = std::move(job);
}

void Server::Impl::reply_to(ClientConnection& connection, std::uint64_t number, const Reply& reply,
                            bool head_only, Time now) {
    connection.start_reply(reply, head_only, now);
    for (const std::uint64_t slow : cut_slow_readers(connections, connection, limits.answers)) {
        marked.push_back(slow);
    }
    send(connection, number, now);
}

void Server::Impl::send(ClientConnection& connection, std::uint64_t number, Time now) {
    const Transfer sent = connection.send(now);
    if (sent == Transfer::closed || (sent == Transfer::done && !connection.finish_reply(now))) {
        marked.push_back(number);
    }
}

// --- timeouts and workers ---

// Connections that wait for a scrape or for the monitor.
std::size_t Server::Impl::waiting() const {
    return static_cast<std::size_t>(std::ranges::count_if(connections, [](const auto& each) {
        return each.second.state == State::waiting && each.second.pool != Pool::probe;
    }));
}

void Server::Impl::handle_timeouts(Time now) {
    for (auto& [number, connection] : connections) {
        if (now < times_out_at(connection)) {
            continue;
        }
        if (connection.state == State::waiting) {
            const JobPtr job = connection.job;
            job->dropped = true;
            reply_to(connection, number, handler.answer_now(job->request),
                     job->request.method == "HEAD", now);
        } else {
            marked.push_back(number);
        }
    }
    if (exceeds_input_limit(connections)) {
        marked.push_back(largest_input(connections)->first);
    }
}

void Server::Impl::handle_finished(Time now) {
    for (auto& [job, reply] : workers.take_finished()) {
        const auto found = connections.find(job->connection);
        if (found != connections.end() && found->second.job == job) {
            reply_to(found->second, found->first, reply, job->request.method == "HEAD", now);
        }
    }
}

// --- start and end ---

void Server::Impl::start() {
    workers.start(handler);
    thread = std::jthread([this] { loop(); });
}

Server::Server(Fd listener, Handler& handler, ServerLimits limits)
    : impl_(std::make_unique<Impl>(std::move(listener), handler, limits)) {
    impl_->start();
}

// The members are destroyed in reverse order: the server's thread ends first, then the workers.
// Nothing sends the last replies of the workers.
Server::~Server() {
    impl_->stopping = true;
    impl_->workers.wake();
}

}  // namespace arc::http
