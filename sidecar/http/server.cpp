#include "http/server.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <ctime>
#include <deque>
#include <map>
#include <mutex>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#include "http/request.hpp"
#include "http/worker_pool.hpp"

namespace arc::http {
namespace {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

// Without polling for new connections, where none can be taken: poll() would return at once.
constexpr milliseconds kAcceptPause{20};

// bytes of a connection that wait to become a request
constexpr std::size_t kRoom = kMostIncomplete;

// A client's connection. The states follow each other and begin anew where the connection stays.
struct Connection {
    enum class State {
        reading,  // until a request is whole
        // for a worker. Nothing is read meanwhile: what the client sends on stays in the kernel's
        // buffer, which has an end
        waiting,
        writing,  // the answer
        ending,   // everything is written and said to be; waits for the client to close
    };

    Connection(Fd given, Time now) : socket(std::move(given)), since(now) {}

    [[nodiscard]] std::size_t left() const {
        return head.size() + (body ? body->size() : 0) - sent;
    }

    Fd socket;
    State state = State::reading;
    Time since;           // the state began; reading: the request's first byte came
    Time moved{};         // writing: the client last took something
    std::string in;       // at most kRoom bytes
    bool fresh = true;    // it was not looked at yet
    bool unread = false;  // `in` may hold a whole request: what was sent behind the last one
    bool keep = false;    // the connection stays after this answer
    JobPtr job;           // waiting
    Pool pool{};          // waiting: for whom
    Time late{};          // waiting: how long at most
    std::string head;     // writing
    Body body;
    std::size_t sent = 0;  // bytes of head and body
};

const char* usual_phrase(int status) {
    constexpr std::array<std::pair<int, const char*>, 17> kPhrases{
        {{200, "OK"},
         {204, "No Content"},
         {304, "Not Modified"},
         {400, "Bad Request"},
         {404, "Not Found"},
         {405, "Method Not Allowed"},
         {411, "Length Required"},
         {413, "Content Too Large"},
         {414, "URI Too Long"},
         {431, "Request Header Fields Too Large"},
         {500, "Internal Server Error"},
         {501, "Not Implemented"},
         {502, "Bad Gateway"},
         {503, "Service Unavailable"},
         {504, "Gateway Timeout"},
         {505, "HTTP Version Not Supported"},
         {0, ""}}};
    const auto* found = std::ranges::find(kPhrases, status, &std::pair<int, const char*>::first);
    return found == kPhrases.end() ? "" : found->second;
}

bool has(const HttpHeaders& headers, const char* name) {
    return std::ranges::any_of(headers, [name](const auto& field) {
        return ::strcasecmp(field.first.c_str(), name) == 0;
    });
}

std::string date_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 64> text{};
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return text.data();
}

std::string head_of(const Reply& reply, bool keep) {
    std::string head =
        fmt::format("HTTP/1.1 {} {}\r\n", reply.status,
                    reply.phrase.empty() ? usual_phrase(reply.status) : reply.phrase);
    for (const auto& [name, value] : reply.headers) {
        head += fmt::format("{}: {}\r\n", name, value);
    }
    const bool bodiless = reply.status < 200 || reply.status == 204 || reply.status == 304;
    if (!bodiless && !has(reply.headers, "Content-Length")) {
        head += fmt::format("Content-Length: {}\r\n", reply.body ? reply.body->size() : 0);
    }
    if (!has(reply.headers, "Date")) {
        head += fmt::format("Date: {}\r\n", date_now());
    }
    return head + (keep ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
}

Reply said(int status, std::string text) {
    Reply reply;
    reply.status = status;
    reply.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
    reply.body = std::make_shared<const std::string>(std::move(text));
    return reply;
}

Reply too_busy() {
    Reply reply = said(503, "arc-sidecar: too many requests wait already\n");
    reply.headers.emplace_back("Retry-After", "1");
    return reply;
}

// The time this thread has had a processor for.
milliseconds processor_time() {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return milliseconds{static_cast<std::int64_t>(used.tv_sec) * 1000 + used.tv_nsec / 1'000'000};
}

// Who goes first when there are too many. Whoever waits for an answer does not go, nor one that was
// not even looked at: what it asks may have come.
constexpr int kStays = 7;
int worth(const Connection& connection, Time now) {
    const bool young = now - connection.since < kYoung;
    if (connection.fresh) {
        return kStays;
    }
    switch (connection.state) {
        case Connection::State::ending:
            return 0;
        case Connection::State::reading:
            return connection.in.empty() ? (young ? 5 : 1) : (young ? 4 : 2);
        case Connection::State::writing:
            return young ? 6 : 3;
        case Connection::State::waiting:
            break;
    }
    return kStays;
}

// When the state has lasted too long.
Time ends_at(const Connection& connection) {
    switch (connection.state) {
        case Connection::State::reading:
            return connection.since + (connection.in.empty() ? kIdleTime : kRequestTime);
        case Connection::State::waiting:
            return connection.late;
        case Connection::State::writing:
            return std::min(connection.moved + kStallTime, connection.since + kAnswerTime);
        case Connection::State::ending:
            break;
    }
    return connection.since + kLingerTime;
}

struct Answered {
    JobPtr job;
    Reply reply;
};

}  // namespace

struct Server::Impl {
    using Connections = std::map<std::uint64_t, Connection>;  // by their number: the oldest first

    Impl(Fd given, Handler& answering, ServerLimits most)
        : listener(std::move(given)), handler(answering), limits(most) {}

    void start();
    void stop();
    void loop();
    void turn();
    void nap();
    [[nodiscard]] int wait_time(Time now) const;
    void look(Time now);
    void accept_some(Time now);
    void handle(Connection& connection, std::uint64_t number, short events, Time now);
    void receive(Connection& connection, std::uint64_t number, Time now);
    void next_request(Connection& connection, std::uint64_t number, Time now);
    void take(Connection& connection, std::uint64_t number, Parsed parsed, Time now);
    void begin_answer(Connection& connection, std::uint64_t number, const Reply& reply,
                      bool head_only, Time now);
    void write(Connection& connection, std::uint64_t number, Time now);
    void answered(Connection& connection, std::uint64_t number, Time now);
    void discard(Connection& connection, std::uint64_t number);
    void expire(Time now);
    [[nodiscard]] Connections::iterator least(Time now);
    void make_room(Time now);
    [[nodiscard]] std::size_t waiting() const;
    void keep_answers_small(const Connection& newest);
    void drain(Time now);
    void finished(JobPtr job, Reply reply);
    void drop(std::uint64_t number);

    Fd listener;
    Handler& handler;
    ServerLimits limits;
    Fd wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    Connections connections;
    std::uint64_t last_number = 0;
    std::vector<std::uint64_t> gone;  // to be removed at the end of a turn
    std::vector<pollfd> polled;       // the listener, `wake`, then the connections in their order
    Time accept_again{};              // after a want of descriptors
    Time window{};                    // the running kCpuWindow began
    milliseconds window_used{0};      // processor_time() at that moment
    std::mutex mutex;                 // over the two below
    std::deque<Answered> answers;
    bool over = false;
    std::array<WorkerPool, 3> workers;  // by Pool, the first without a worker aside
    std::jthread thread;

    [[nodiscard]] WorkerPool& pool(Pool which) {
        return workers.at(static_cast<std::size_t>(which) - 1);
    }
};

// --- the loop ---

void Server::Impl::loop() {
    while (true) {
        {
            const std::scoped_lock lock(mutex);
            if (over) {
                return;
            }
        }
        try {
            turn();
        } catch (const std::bad_alloc&) {
            make_room(Clock::now());  // the next turn has the memory of the one that goes
            std::this_thread::sleep_for(milliseconds{1});
        }
    }
}

void Server::Impl::turn() {
    nap();
    const Time now = Clock::now();
    const bool accepts = now >= accept_again;
    polled.clear();
    polled.push_back({.fd = accepts ? listener.get() : -1, .events = POLLIN, .revents = 0});
    polled.push_back({.fd = wake.get(), .events = POLLIN, .revents = 0});
    for (const auto& [number, connection] : connections) {
        const bool reads =
            (connection.state == Connection::State::reading && connection.in.size() < kRoom) ||
            connection.state == Connection::State::ending;
        const bool writes = connection.state == Connection::State::writing;
        polled.push_back({.fd = connection.socket.get(),
                          .events = static_cast<short>(writes  ? POLLOUT
                                                       : reads ? POLLIN
                                                               : 0),
                          .revents = 0});
    }
    ::poll(polled.data(), polled.size(), wait_time(now));
    look(Clock::now());
}

// A share of one processor, whatever comes in: the rest is the server's.
void Server::Impl::nap() {
    const Time now = Clock::now();
    if (now - window < kCpuWindow && processor_time() - window_used >= kCpuTime) {
        std::this_thread::sleep_until(window + kCpuWindow);
    }
    if (Clock::now() - window >= kCpuWindow) {
        window = Clock::now();
        window_used = processor_time();
    }
}

int Server::Impl::wait_time(Time now) const {
    if (connections.empty() && now >= accept_again) {
        return -1;
    }
    Time next = now >= accept_again ? Time::max() : accept_again;
    for (const auto& [number, connection] : connections) {
        next = std::min(next, connection.unread ? now : ends_at(connection));
    }
    return static_cast<int>(
        std::clamp<std::int64_t>(std::chrono::ceil<milliseconds>(next - now).count(), 0, INT_MAX));
}

// What poll() told. The connections are in the order in which they were polled; none comes or goes
// in between.
void Server::Impl::look(Time now) {
    std::size_t at = 2;
    for (auto& [number, connection] : connections) {
        handle(connection, number, polled[at++].revents, now);
    }
    drain(now);
    expire(now);
    for (const std::uint64_t number : std::exchange(gone, {})) {
        if (const auto found = connections.find(number); found != connections.end()) {
            if (found->second.job) {
                found->second.job->dropped = true;
            }
            connections.erase(found);
        }
    }
    if (polled[0].revents != 0) {
        accept_some(now);
    }
}

void Server::Impl::drop(std::uint64_t number) {
    gone.push_back(number);
}

void Server::Impl::accept_some(Time now) {
    constexpr int kAtOnce = 64;
    for (int i = 0; i < kAtOnce; ++i) {
        const bool full = connections.size() >= limits.connections;
        if (full && least(now) == connections.end()) {
            accept_again = now + kAcceptPause;  // all wait for answers, which come
            return;
        }
        Fd socket{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
        if (socket.get() >= 0) {
            if (full) {
                make_room(now);
            }
            connections.emplace(++last_number, Connection{std::move(socket), now});
        } else if (errno != ECONNABORTED && errno != EINTR) {
            if (is_shortage(errno)) {
                accept_again = now + kAcceptPause;
                make_room(now);
            }
            return;
        }
    }
}

// The connection that is missed least, of its kind the oldest; the end where every one stays.
Server::Impl::Connections::iterator Server::Impl::least(Time now) {
    const auto found = std::ranges::min_element(connections, {}, [now](const auto& each) {
        return std::pair{worth(each.second, now), each.second.since};
    });
    return found == connections.end() || worth(found->second, now) == kStays ? connections.end()
                                                                             : found;
}

void Server::Impl::make_room(Time now) {
    if (const auto found = least(now); found != connections.end()) {
        connections.erase(found);
    }
}

// How many wait for a scrape or for the monitor.
std::size_t Server::Impl::waiting() const {
    return static_cast<std::size_t>(std::ranges::count_if(connections, [](const auto& each) {
        return each.second.state == Connection::State::waiting && each.second.pool != Pool::probe;
    }));
}

// --- one connection ---

void Server::Impl::handle(Connection& connection, std::uint64_t number, short events, Time now) {
    if ((events & (POLLERR | POLLNVAL)) != 0 ||
        ((events & POLLHUP) != 0 && connection.state == Connection::State::waiting)) {
        drop(number);  // reset: nobody is there to answer to
        return;
    }
    connection.fresh = false;
    switch (connection.state) {
        case Connection::State::reading:
            if (connection.unread) {
                next_request(connection, number, now);
            } else if (events != 0) {
                receive(connection, number, now);
            }
            break;
        case Connection::State::writing:
            if (events != 0) {
                write(connection, number, now);
            }
            break;
        case Connection::State::ending:
            if (events != 0) {
                discard(connection, number);
            }
            break;
        case Connection::State::waiting:
            break;
    }
}

void Server::Impl::receive(Connection& connection, std::uint64_t number, Time now) {
    std::array<char, 16 * 1024>
        bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init): recv() fills what is used
    const ssize_t size = ::recv(connection.socket.get(), bytes.data(),
                                std::min(bytes.size(), kRoom - connection.in.size()), 0);
    if (size < 0) {
        if (errno != EAGAIN && errno != EINTR) {
            drop(number);
        }
        return;
    }
    if (size == 0) {
        drop(number);  // a request that is not whole by now never will be
        return;
    }
    if (connection.in.empty()) {
        connection.since = now;
    }
    connection.in.append(bytes.data(), static_cast<std::size_t>(size));
    next_request(connection, number, now);
}

void Server::Impl::next_request(Connection& connection, std::uint64_t number, Time now) {
    connection.unread = false;
    Parsed parsed = parse_request(connection.in);
    switch (parsed.state) {
        case Parsed::State::incomplete:
            break;
        case Parsed::State::bad:
            connection.keep = false;
            connection.in.clear();
            begin_answer(connection, number,
                         said(parsed.status, "arc-sidecar: not a request that is taken here\n"),
                         false, now);
            break;
        case Parsed::State::complete:
            connection.in.erase(0, parsed.used);
            take(connection, number, std::move(parsed), now);
            break;
    }
}

void Server::Impl::take(Connection& connection, std::uint64_t number, Parsed parsed, Time now) {
    connection.keep = parsed.keep;
    const Pool kind = handler.pool(parsed.request);
    const bool head_only = parsed.request.method == "HEAD";
    if (kind == Pool::immediate) {
        begin_answer(connection, number, handler.answer_now(parsed.request), head_only, now);
        return;
    }
    auto job = std::make_shared<Job>();
    job->connection = number;
    job->request = std::move(parsed.request);
    const bool full = kind != Pool::probe && waiting() >= limits.connections * kWaitingEighths / 8;
    if (full || !pool(kind).take(job, kind == Pool::forward ? kMaxQueue : limits.connections)) {
        begin_answer(connection, number, too_busy(), head_only, now);
        return;
    }
    connection.pool = kind;
    connection.state = Connection::State::waiting;
    connection.since = now;
    connection.late = now + handler.time_limit(job->request);
    connection.job = std::move(job);
}

void Server::Impl::begin_answer(Connection& connection, std::uint64_t number, const Reply& reply,
                                bool head_only, Time now) {
    // first: without memory for it the request still waits
    connection.head = head_of(reply, connection.keep);
    connection.job.reset();
    connection.body = head_only ? nullptr : reply.body;
    connection.sent = 0;
    connection.state = Connection::State::writing;
    connection.since = now;
    connection.moved = now;
    keep_answers_small(connection);
    write(connection, number, now);
}

void Server::Impl::write(Connection& connection, std::uint64_t number, Time now) {
    while (connection.left() > 0) {
        const std::string_view head =
            std::string_view(connection.head)
                .substr(std::min(connection.sent, connection.head.size()));
        const std::size_t behind =
            connection.sent - std::min(connection.sent, connection.head.size());
        const std::string_view body = connection.body
                                          ? std::string_view(*connection.body).substr(behind)
                                          : std::string_view{};
        std::array<iovec, 2> parts{
            {{.iov_base = const_cast<char*>(head.data()), .iov_len = head.size()},
             {.iov_base = const_cast<char*>(body.data()), .iov_len = body.size()}}};
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = parts.size();
        const ssize_t size = ::sendmsg(connection.socket.get(), &message, MSG_NOSIGNAL);
        if (size < 0) {
            if (errno != EAGAIN && errno != EINTR) {
                drop(number);
            }
            return;
        }
        connection.sent += static_cast<std::size_t>(size);
        connection.moved = now;
    }
    answered(connection, number, now);
}

void Server::Impl::answered(Connection& connection, std::uint64_t number, Time now) {
    connection.head.clear();
    connection.body.reset();
    connection.sent = 0;
    connection.since = now;
    if (connection.keep) {
        connection.state = Connection::State::reading;
        connection.unread = !connection.in.empty();
        return;
    }
    // Closed at once, with bytes of the client's unread, the answer would be lost to it: the kernel
    // would reset the connection.
    if (::shutdown(connection.socket.get(), SHUT_WR) != 0) {
        drop(number);
    }
    connection.in.clear();
    connection.state = Connection::State::ending;
}

void Server::Impl::discard(Connection& connection, std::uint64_t number) {
    std::array<char, 16 * 1024>
        bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init): nobody reads it
    const ssize_t size = ::recv(connection.socket.get(), bytes.data(), bytes.size(), 0);
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) {
        drop(number);
    }
}

// --- limits ---

void Server::Impl::expire(Time now) {
    std::size_t in = 0;
    for (auto& [number, connection] : connections) {
        in += connection.in.size();
        if (now < ends_at(connection)) {
            continue;
        }
        if (connection.state == Connection::State::waiting) {
            const JobPtr job = connection.job;
            job->dropped = true;
            begin_answer(connection, number, handler.answer_now(job->request),
                         job->request.method == "HEAD", now);
        } else {
            drop(number);
        }
    }
    if (in > kMaxIn) {
        const auto largest = std::ranges::max_element(
            connections, {}, [](const auto& each) { return each.second.in.size(); });
        drop(largest->first);
    }
}

// Answers count once, however many read them. Beyond the limit the readers that have been at it for
// longest are cut off.
void Server::Impl::keep_answers_small(const Connection& newest) {
    constexpr std::size_t kSmall = 64 * 1024;
    if (!newest.body || newest.body->size() < kSmall) {
        return;
    }
    std::vector<std::pair<Time, std::uint64_t>> readers;
    std::map<const std::string*, std::size_t> held{{newest.body.get(), 1}};
    std::size_t size = newest.body->size();
    for (const auto& [number, connection] : connections) {
        if (connection.body && &connection != &newest) {
            readers.emplace_back(connection.since, number);
            size += held[connection.body.get()]++ == 0 ? connection.body->size() : 0;
        }
    }
    std::ranges::sort(readers);
    for (const auto& [since, number] : readers) {
        if (size <= limits.answers) {
            return;
        }
        Connection& slow = connections.at(number);
        size -= --held[slow.body.get()] == 0 ? slow.body->size() : 0;
        slow.body.reset();
        slow.state = Connection::State::ending;  // nothing more is written to it in this turn
        drop(number);
    }
}

// --- answers from workers ---

// On a worker: the answer goes to the one thread that touches connections.
void Server::Impl::finished(JobPtr job, Reply reply) {
    {
        const std::scoped_lock lock(mutex);
        answers.push_back({std::move(job), std::move(reply)});
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake.get(), &one, sizeof one);
}

void Server::Impl::drain(Time now) {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t size = ::read(wake.get(), &count, sizeof count);
    std::deque<Answered> ready;
    {
        const std::scoped_lock lock(mutex);
        ready.swap(answers);
    }
    for (auto& [job, reply] : ready) {
        const auto found = connections.find(job->connection);
        if (found != connections.end() && found->second.job == job) {
            begin_answer(found->second, found->first, reply, job->request.method == "HEAD", now);
        }
    }
}

// --- start and end ---

void Server::Impl::start() {
    const auto done = [this](JobPtr job, Reply reply) {
        finished(std::move(job), std::move(reply));
    };
    pool(Pool::probe).share(handler, Pool::probe, false, done);
    pool(Pool::scrape).share(handler, Pool::scrape, true, done);
    pool(Pool::forward).forward(handler, kForwardWorkers, done);
    thread = std::jthread([this] { loop(); });
}

void Server::Impl::stop() {
    {
        const std::scoped_lock lock(mutex);
        over = true;
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake.get(), &one, sizeof one);
}

Server::Server(Fd listener, Handler& handler, ServerLimits limits)
    : impl_(std::make_unique<Impl>(std::move(listener), handler, limits)) {
    impl_->start();
}

// The members end in the opposite order: the thread first, then the workers, whose last answers go
// nowhere.
Server::~Server() {
    impl_->stop();
}

}  // namespace arc::http
