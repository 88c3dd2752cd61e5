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

// Where to listen; an empty address is every one of the machine.
struct ListenAddress {
    std::string address;
    std::uint16_t port = 0;

    [[nodiscard]] bool operator==(const ListenAddress&) const = default;
};

// The address that the setting `listen` asks for; nothing for off. `port` is the one for auto.
// Pure.
[[nodiscard]] std::optional<ListenAddress> wanted_address(const Listen& listen, std::uint16_t port);

// The addresses to try, in this order: the wanted one unless its port is one of the server, which
// exits when it finds it taken; then the same address with kFallbackPort. Pure.
[[nodiscard]] std::vector<ListenAddress> candidates(const ListenAddress& wanted,
                                                    std::span<const std::uint16_t> servers_ports);

// "0.0.0.0:9121", for messages.
[[nodiscard]] std::string to_string(const ListenAddress& address);

// A listening socket, non-blocking. For every address: IPv6 and IPv4 at once, where the machine has
// both. Errors (kind io): the port is taken, or the address is not this machine's.
[[nodiscard]] Result<Fd> listen_on(const ListenAddress& wanted);

}  // namespace arc::http
