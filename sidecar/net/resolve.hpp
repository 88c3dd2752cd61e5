// Names to addresses within a deadline. getaddrinfo() cannot be bounded (10 s against a silent
// resolver, measured), so names are asked for through libevent's resolver; a literal address costs
// nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/deadline.hpp"
#include "base/error.hpp"

namespace arc {

// A literal IPv4 or IPv6 address, never a name.
using Addresses = std::vector<std::string>;

// Every address of `host`, in the order to try them, without duplicates, never empty.
// A literal address is itself. "localhost" is 127.0.0.1 and ::1 without asking anybody (RFC 6761).
// Other names: /etc/hosts, then the resolvers of `resolv_conf` (tests name one of their own).
// Errors: unresolved (no such name, no resolver configured, or none answered), shortage.
[[nodiscard]] Result<Addresses> resolve(const std::string& host, Deadline deadline,
                                        const char* resolv_conf = "/etc/resolv.conf");

// Whether something accepts a TCP connection at a literal address. The connection is closed at
// once. Errors: refused, timeout, unreachable; the text names the address.
[[nodiscard]] Result<void> try_connect(const std::string& address, std::uint16_t port,
                                       Deadline deadline);

// Resolves `host` and returns the address to use: the only one, untried, or the first of several
// that accepts a TCP connection. An error names every address that was tried.
[[nodiscard]] Result<std::string> reachable_address(const std::string& host, std::uint16_t port,
                                                    Deadline deadline);

}  // namespace arc
