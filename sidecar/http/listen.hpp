// The address that the HTTP server listens on.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "config/listen.hpp"
#include "net/tcp.hpp"

namespace arc::http {

// An address to listen on. An empty `address` means all addresses of the machine.
struct ListenAddress {
    std::string address;
    std::uint16_t port = 0;

    [[nodiscard]] bool operator==(const ListenAddress&) const = default;
};

// The address of the setting `listen`; nullopt for off. `port` is the port for auto. Pure.
[[nodiscard]] std::optional<ListenAddress> wanted_address(const Listen& listen, std::uint16_t port);

// The addresses to try, in this order: `wanted`, then the same address with kFallbackPort. Omits
// ports of the server, because the server would exit if one were in use. Pure.
[[nodiscard]] std::vector<ListenAddress> candidates(const ListenAddress& wanted,
                                                    std::span<const std::uint16_t> servers_ports);

// "0.0.0.0:9121", for messages.
[[nodiscard]] std::string to_string(const ListenAddress& address);

// A non-blocking listening socket. For all addresses it accepts IPv6 and IPv4, if the machine has
// both. Errors (kind io): the port is in use, or the machine does not have the address.
[[nodiscard]] Result<Fd> listen_on(const ListenAddress& wanted);

}  // namespace arc::http
