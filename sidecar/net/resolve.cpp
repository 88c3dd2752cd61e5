#include "net/resolve.hpp"

#include <arpa/inet.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "net/url.hpp"

namespace arc {
namespace {

struct EventBaseFree {
    void operator()(event_base* base) const noexcept { event_base_free(base); }
};
struct DnsBaseFree {
    // 0: pending requests are dropped without a callback, which would outlive its argument.
    void operator()(evdns_base* base) const noexcept { evdns_base_free(base, 0); }
};
using EventBase = std::unique_ptr<event_base, EventBaseFree>;
using DnsBase = std::unique_ptr<evdns_base, DnsBaseFree>;

// What the resolver's callback leaves behind.
struct Answer {
    event_base* base;
    bool done = false;
    int error = 0;
    Addresses addresses;
};

bool is_literal(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

std::string literal_of(const sockaddr* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    // The casts are how POSIX hands out addresses: sockaddr is the common head of both.
    const void* bytes = address->sa_family == AF_INET
                            ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr)
                            : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
    return inet_ntop(address->sa_family, bytes, text.data(), text.size()) == nullptr ? std::string{} : std::string(text.data());
}

void on_answer(int error, evutil_addrinfo* list, void* argument) {
    auto& answer = *static_cast<Answer*>(argument);
    answer.done = true;
    answer.error = error;
    for (const evutil_addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        std::string literal = literal_of(entry->ai_addr);
        if (!literal.empty() && std::ranges::find(answer.addresses, literal) == answer.addresses.end()) {
            answer.addresses.push_back(std::move(literal));
        }
    }
    if (list != nullptr) {
        evutil_freeaddrinfo(list);
    }
    event_base_loopbreak(answer.base);
}

timeval to_timeval(Deadline::Duration duration) {
    return {.tv_sec = duration.count() / 1000, .tv_usec = (duration.count() % 1000) * 1000};
}

// IPv4 first: the servers of this product listen on it by default, and a name with both must not cost a refused attempt.
void prefer_ipv4(Addresses& addresses) {
    std::ranges::stable_partition(addresses, [](const std::string& a) { return a.find(':') == std::string::npos; });
}

Result<Addresses> outcome(const std::string& host, Answer answer, Deadline deadline) {
    if (!answer.done) {
        return fail(ErrorKind::timeout,
                    fmt::format("the resolver did not answer for '{}' within {} ms", host, deadline.budget().count()));
    }
    if (answer.error != 0 || answer.addresses.empty()) {
        const char* reason = answer.error != 0 ? evutil_gai_strerror(answer.error) : "no address";
        return fail(ErrorKind::unresolved, fmt::format("'{}' does not resolve ({})", host, reason));
    }
    prefer_ipv4(answer.addresses);
    return std::move(answer.addresses);
}

Result<Addresses> ask_resolver(const std::string& host, Deadline deadline) {
    const EventBase base{event_base_new()};
    const DnsBase dns{base ? evdns_base_new(base.get(), 0) : nullptr};
    if (!dns) {
        return fail(ErrorKind::io, "the resolver could not be started");
    }
    // Failure here means no resolv.conf or no name server in it; /etc/hosts is read all the same and may know the name.
    const bool configured = evdns_base_resolv_conf_parse(dns.get(), DNS_OPTIONS_ALL, "/etc/resolv.conf") == 0;
    Answer answer{.base = base.get(), .addresses = {}};
    evutil_addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    const evdns_getaddrinfo_request* request = evdns_getaddrinfo(dns.get(), host.c_str(), nullptr, &hints, on_answer, &answer);
    if (request != nullptr && configured) {
        const timeval left = to_timeval(deadline.remaining());
        event_base_loopexit(base.get(), &left);
        event_base_dispatch(base.get());
    }
    if (!answer.done && !configured) {
        return fail(ErrorKind::unresolved, fmt::format("'{}' does not resolve: /etc/resolv.conf names no resolver", host));
    }
    return outcome(host, std::move(answer), deadline);
}

class Socket {
public:
    explicit Socket(int fd) noexcept : fd_(fd) {}
    ~Socket() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    [[nodiscard]] int fd() const noexcept { return fd_; }

private:
    int fd_;
};

socklen_t fill_address(sockaddr_storage& storage, const std::string& address, std::uint16_t port) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    if (inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        return sizeof(sockaddr_in);
    }
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    return inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1 ? sizeof(sockaddr_in6) : 0;
}

Result<void> connect_failure(int code, const std::string& where) {
    const ErrorKind kind = code == ECONNREFUSED ? ErrorKind::refused : ErrorKind::unreachable;
    return fail(kind, fmt::format("{}: {}", where, std::strerror(code)));
}

// The result of a connect() that was in progress.
Result<void> await_connect(int fd, const std::string& where, Deadline deadline) {
    pollfd waiting{.fd = fd, .events = POLLOUT, .revents = 0};
    int ready = 0;
    do {
        ready = ::poll(&waiting, 1, static_cast<int>(deadline.remaining().count()));
    } while (ready < 0 && errno == EINTR);
    if (ready == 0) {
        return fail(ErrorKind::timeout, fmt::format("{}: no answer within {} ms", where, deadline.budget().count()));
    }
    int code = 0;
    socklen_t size = sizeof code;
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size);
    return code == 0 ? Result<void>{} : connect_failure(code, where);
}

}  // namespace

Result<Addresses> resolve(const std::string& host, Deadline deadline) {
    if (is_literal(host)) {
        return Addresses{host};
    }
    if (host == "localhost") {
        return Addresses{"127.0.0.1", "::1"};
    }
    return ask_resolver(host, deadline);
}

Result<void> try_connect(const std::string& address, std::uint16_t port, Deadline deadline) {
    sockaddr_storage storage{};
    const socklen_t size = fill_address(storage, address, port);
    const std::string where = host_and_port(address, port);
    const Socket socket{::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (size == 0 || socket.fd() < 0) {
        return fail(ErrorKind::unreachable, fmt::format("{}: {}", where, std::strerror(errno)));
    }
    if (::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&storage), size) == 0) {
        return {};
    }
    return errno == EINPROGRESS ? await_connect(socket.fd(), where, deadline) : connect_failure(errno, where);
}

Result<std::string> reachable_address(const std::string& host, std::uint16_t port, Deadline deadline) {
    const auto addresses = resolve(host, deadline);
    if (!addresses) {
        return std::unexpected(addresses.error());
    }
    if (addresses->size() == 1) {
        return addresses->front();
    }
    std::string tried;
    ErrorKind kind = ErrorKind::refused;
    for (std::size_t i = 0; i < addresses->size(); ++i) {
        // A fair share each, so that one silent address does not take the time of the next.
        const auto share = deadline.remaining() / static_cast<int>(addresses->size() - i);
        const auto connected = try_connect((*addresses)[i], port, deadline.capped(share));
        if (connected) {
            return (*addresses)[i];
        }
        kind = connected.error().kind;
        tried += (tried.empty() ? "" : "; ") + connected.error().text;
    }
    return fail(kind, fmt::format("'{}': tried {}", host, tried));
}

}  // namespace arc
