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

std::uint16_t usual_port(std::string_view service) {
    return service == "nats" ? 8222 : service == "redis" ? 9121 : kSecondPort;
}

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

std::unexpected<Error> cannot(const ListenAddress& place, int code) {
    return fail(ErrorKind::io, fmt::format("{}: {}", to_string(place), ::strerrordesc_np(code)));
}

Result<Fd> open(const ListenAddress& place, const Address& address) {
    Fd socket{::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    const int on = 1;
    const int off = 0;
    if (socket.get() < 0) {
        return cannot(place, errno);
    }
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    // Connections take it from here. Without it the end of an answer waits for a delayed
    // acknowledgement (40 ms, measured).
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // Of a fixed size, so that they do not grow: the kernel's buffers count as the container's
    // memory.
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
    if (address.storage.ss_family == AF_INET6) {
        ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
    const auto* generic = reinterpret_cast<const sockaddr*>(&address.storage);
    if (::bind(socket.get(), generic, address.size) != 0 || ::listen(socket.get(), kBacklog) != 0) {
        return cannot(place, errno);
    }
    return socket;
}

Result<Fd> open_at(const ListenAddress& place, const std::string& address) {
    const auto known = address_of(address, place.port);
    return known ? open(place, *known) : cannot(place, EADDRNOTAVAIL);
}

}  // namespace

std::optional<ListenAddress> place_of(const Listen& listen, std::string_view service) {
    switch (listen.kind) {
        case Listen::Kind::automatic:
            return ListenAddress{"", usual_port(service)};
        case Listen::Kind::at:
            return ListenAddress{listen.address, listen.port};
        case Listen::Kind::off:
            break;
    }
    return std::nullopt;
}

std::vector<ListenAddress> candidates(const ListenAddress& wanted,
                                      std::span<const std::uint16_t> servers_ports) {
    std::vector<ListenAddress> places;
    if (!std::ranges::contains(servers_ports, wanted.port)) {
        places.push_back(wanted);
    }
    if (wanted.port != kSecondPort && !std::ranges::contains(servers_ports, kSecondPort)) {
        places.push_back({wanted.address, kSecondPort});
    }
    return places;
}

std::string to_string(const ListenAddress& place) {
    return host_and_port(place.address.empty() ? "0.0.0.0" : place.address, place.port);
}

Result<Fd> listen_on(const ListenAddress& place) {
    if (!place.address.empty()) {
        return open_at(place, place.address);
    }
    auto both = open_at(place, "::");
    // A machine without IPv6 has no such sockets, or no such address.
    const bool taken = !both && errno == EADDRINUSE;
    return both || taken ? std::move(both) : open_at(place, "0.0.0.0");
}

}  // namespace arc::http
