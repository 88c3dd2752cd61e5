// Resolves names within a deadline, with libevent's resolver. getaddrinfo() has no time limit: it
// took 10 s with a resolver that did not answer. A literal address needs no query.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/deadline.hpp"
#include "base/error.hpp"

namespace arc {

// A literal IPv4 or IPv6 address, never a name.
using Addresses = std::vector<std::string>;

// All addresses of `host`, in the order to try them, without duplicates, never empty. The address
// of a literal address is itself. "localhost" is 127.0.0.1 and ::1 without a query (RFC 6761). For
// other names it reads /etc/hosts, then queries the resolvers in `resolv_conf` (tests use their
// own). Errors: unresolved (no such name, no resolver configured, or no answer), shortage.
[[nodiscard]] Result<Addresses> resolve(const std::string& host, Deadline deadline,
                                        const char* resolv_conf = "/etc/resolv.conf");

// Connects to a literal address and closes the connection. Errors: refused, timeout, unreachable,
// shortage. The text names the address.
[[nodiscard]] Result<void> try_connect(const std::string& address, std::uint16_t port,
                                       Deadline deadline);

// Resolves `host` and returns the address to use. A single address is returned without a
// connection. Of several it is the first that accepts one. An error names every address that was
// tried.
[[nodiscard]] Result<std::string> reachable_address(const std::string& host, std::uint16_t port,
                                                    Deadline deadline);

}  // namespace arc
