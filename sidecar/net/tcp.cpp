#include "net/tcp.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

#include "base/units.hpp"
#include "net/resolve.hpp"
#include "net/url.hpp"

namespace arc {
namespace {

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

// connect() fails with EADDRNOTAVAIL if no local port is free. For IPv6 it can also mean that this
// machine has no IPv6 address.
bool is_own_shortage(int code, const std::string& where) {
    return is_shortage(code) || (code == EADDRNOTAVAIL && !where.starts_with('['));
}

std::unexpected<Error> connect_failure(int code, const std::string& where) {
    const ErrorKind kind = is_own_shortage(code, where) ? ErrorKind::shortage
                           : code == ECONNREFUSED       ? ErrorKind::refused
                                                        : ErrorKind::unreachable;
    return fail(kind, fmt::format("{}: {}", where, ::strerrordesc_np(code)));
}

// Waits for the result of a pending connect().
Result<void> await_connect(int fd, const std::string& where, Deadline deadline) {
    if (!wait_ready(fd, POLLOUT, deadline)) {
        return fail(ErrorKind::timeout, fmt::format("{}: no answer within {}", where,
                                                    format_duration(deadline.budget())));
    }
    int code = 0;
    socklen_t size = sizeof code;
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size);
    return code == 0 ? Result<void>{} : connect_failure(code, where);
}

}  // namespace

Fd::~Fd() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

bool wait_ready(int fd, short events, Deadline deadline) noexcept {
    pollfd waiting{.fd = fd, .events = events, .revents = 0};
    while (true) {
        const auto left = std::min<std::int64_t>(deadline.remaining().count(), INT_MAX);
        const int ready = ::poll(&waiting, 1, static_cast<int>(left));
        if (ready > 0 || (ready < 0 && errno != EINTR)) {
            return true;  // also after a failed poll(): the next call reports the error
        }
        if (deadline.expired()) {
            return false;
        }
    }
}

Result<Fd> connect_tcp(const std::string& address, std::uint16_t port, Deadline deadline) {
    sockaddr_storage storage{};
    const socklen_t size = fill_address(storage, address, port);
    const std::string where = host_and_port(address, port);
    if (size == 0) {
        return fail(ErrorKind::unreachable, fmt::format("{}: not an address", where));
    }
    Fd socket{::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (socket.get() < 0) {
        return connect_failure(errno, where);
    }
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&storage), size) == 0) {
        return socket;
    }
    if (errno != EINPROGRESS) {
        return connect_failure(errno, where);
    }
    return await_connect(socket.get(), where, deadline).transform([&] {
        return std::move(socket);
    });
}

Result<Connection> connect_first(const std::string& host, const std::vector<std::string>& addresses,
                                 std::uint16_t port, Deadline deadline) {
    std::string tried;
    ErrorKind kind = ErrorKind::refused;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        // An equal share of the time for each address, so that one cannot use the time of the next.
        const auto share = deadline.remaining() / static_cast<int>(addresses.size() - i);
        auto connected = connect_tcp(addresses[i], port, deadline.capped(share));
        if (connected) {
            return Connection{std::move(*connected), addresses[i]};
        }
        kind = connected.error().kind;
        tried += (tried.empty() ? "" : "; ") + connected.error().text;
    }
    return fail(kind,
                addresses.front() == host ? tried : fmt::format("'{}': tried {}", host, tried));
}

std::optional<Error> own_shortage(std::string_view what) {
    // More than one, because the library has already closed its own descriptors.
    constexpr std::size_t kSpare = 4;
    std::array<Fd, kSpare> spare;
    for (Fd& each : spare) {
        each = Fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        if (each.get() < 0 && is_shortage(errno)) {
            return Error{ErrorKind::shortage,
                         fmt::format("{}: {}", what, ::strerrordesc_np(errno))};
        }
    }
    return std::nullopt;
}

Result<Fd> connect_host(const std::string& host, std::uint16_t port, Deadline deadline) {
    return resolve(host, deadline)
        .and_then([&](const Addresses& addresses) {
            return connect_first(host, addresses, port, deadline);
        })
        .transform([](Connection&& connection) { return std::move(connection.socket); });
}

}  // namespace arc
