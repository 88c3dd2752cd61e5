// A list of hosts, such as the members of a cluster. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace arc {

struct HostPort {
    std::string host;        // a name or a literal address; IPv6 without its brackets
    std::uint16_t port = 0;  // 0: the default of whoever uses the list

    [[nodiscard]] bool operator==(const HostPort&) const = default;
};
using Hosts = std::vector<HostPort>;

// "a, b:6379, [::1]:4222": hosts separated by commas, with or without a port. An empty text is an
// empty list. Error (kind config): an entry is none of these, or occurs twice.
[[nodiscard]] Result<Hosts> parse_hosts(std::string_view text);

// "a", "b:6379", "[::1]:4222".
[[nodiscard]] std::string to_string(const HostPort& host);
// What parse_hosts() reads as the same.
[[nodiscard]] std::string to_string(const Hosts& hosts);

}  // namespace arc
