#include "http/listen.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "http/limits.hpp"
#include "net/url.hpp"

namespace arc::http {
namespace {

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

std::optional<Address> address_of(const std::string& text, std::uint16_t port) {
    Address address;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    if (::inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        address.size = sizeof *v4;
        return address;
    }
    if (::inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        address.size = sizeof *v6;
        return address;
    }
    return std::nullopt;
}

std::unexpected<Error> cannot(const ListenAddress& wanted, int code) {
    return fail(ErrorKind::io, fmt::format("{}: {}", to_string(wanted), ::strerrordesc_np(code)));
}

Result<Fd> open(const ListenAddress& wanted, const Address& address) {
    Fd socket{::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    const int on = 1;
    const int off = 0;
    if (socket.get() < 0) {
        return cannot(wanted, errno);
    }
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    // Accepted connections inherit it. Without it, the end of a reply waits for a delayed
    // acknowledgement (40 ms, measured).
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // A set size stops the kernel from enlarging the buffers, which count as the container's
    // memory.
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
    if (address.storage.ss_family == AF_INET6) {
        ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
    const auto* generic = reinterpret_cast<const sockaddr*>(&address.storage);
    if (::bind(socket.get(), generic, address.size) != 0 || ::listen(socket.get(), kBacklog) != 0) {
        return cannot(wanted, errno);
    }
    return socket;
}

Result<Fd> open_at(const ListenAddress& wanted, const std::string& address) {
    const auto known = address_of(address, wanted.port);
    return known ? open(wanted, *known) : cannot(wanted, EADDRNOTAVAIL);
}

}  // namespace

std::optional<ListenAddress> wanted_address(const Listen& listen, std::uint16_t port) {
    switch (listen.kind) {
        case Listen::Kind::automatic:
            return ListenAddress{"", port};
        case Listen::Kind::at:
            return ListenAddress{listen.address, listen.port};
        case Listen::Kind::off:
            break;
    }
    return std::nullopt;
}

std::vector<ListenAddress> candidates(const ListenAddress& wanted,
                                      std::span<const std::uint16_t> servers_ports) {
    std::vector<ListenAddress> addresses;
    if (!std::ranges::contains(servers_ports, wanted.port)) {
        addresses.push_back(wanted);
    }
    if (wanted.port != kFallbackPort && !std::ranges::contains(servers_ports, kFallbackPort)) {
        addresses.push_back({wanted.address, kFallbackPort});
    }
    return addresses;
}

std::string to_string(const ListenAddress& address) {
    return host_and_port(address.address.empty() ? "0.0.0.0" : address.address, address.port);
}

Result<Fd> listen_on(const ListenAddress& wanted) {
    if (!wanted.address.empty()) {
        return open_at(wanted, wanted.address);
    }
    auto both = open_at(wanted, "::");
    // Without IPv6, the machine has no IPv6 sockets or no such address.
    const bool taken = !both && errno == EADDRINUSE;
    return both || taken ? std::move(both) : open_at(wanted, "0.0.0.0");
}

}  // namespace arc::http
