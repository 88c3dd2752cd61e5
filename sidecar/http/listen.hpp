// Where the front listens.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "config/listen.hpp"
#include "net/tcp.hpp"

namespace arc::http {

// The port of a service's sidecar where its usual one is the server's own (or, Pulsar, where it has
// none).
inline constexpr std::uint16_t kSecondPort = 7777;

// Where to listen; an empty address is every one of the machine.
struct ListenAddress {
    std::string address;
    std::uint16_t port = 0;

    [[nodiscard]] bool operator==(const ListenAddress&) const = default;
};

// Where the setting `listen` means for a service; nothing for off. auto is 8222 for "nats", 9121
// for "redis" (where redis_exporter is looked for) and 7777 for "pulsar". Pure.
[[nodiscard]] std::optional<ListenAddress> place_of(const Listen& listen, std::string_view service);

// Where to try, in this order: the place itself unless it is a port of the server, which dies when
// it finds it taken; then the same address with the second port. Pure.
[[nodiscard]] std::vector<ListenAddress> candidates(const ListenAddress& wanted,
                                                    std::span<const std::uint16_t> servers_ports);

// "0.0.0.0:9121", for messages.
[[nodiscard]] std::string to_string(const ListenAddress& place);

// A listening socket, non-blocking. For every address: IPv6 and IPv4 at once, where the machine has
// both. Errors (kind io): the port is taken, or the address is not this machine's.
[[nodiscard]] Result<Fd> listen_on(const ListenAddress& place);

}  // namespace arc::http
