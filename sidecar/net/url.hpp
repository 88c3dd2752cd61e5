// The few parts of a URL that this product uses. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace arc {

struct Url {
    std::string scheme;      // lower case: "nats", "redis", "http"
    std::string host;        // a name or a literal address; IPv6 without its brackets
    std::uint16_t port = 0;  // 1..65535

    [[nodiscard]] bool operator==(const Url&) const = default;
};

// `scheme://host[:port][/]`, or `host[:port]` with `default_scheme`. User, password, path and query
// are refused with the reason: credentials have settings of their own, which keep them out of logs.
// An absent port is `default_port`. No error quotes the text: it may be a connection string of
// another kind, with a password in it.
[[nodiscard]] Result<Url> parse_url(std::string_view text, std::string_view default_scheme,
                                    std::uint16_t default_port);

// A port in decimal: 1 to 65535. Error (kind config): anything else.
[[nodiscard]] Result<std::uint16_t> parse_port(std::string_view text);

// "host:port", with brackets around an IPv6 address.
[[nodiscard]] std::string host_and_port(std::string_view host, std::uint16_t port);

// "scheme://host:port".
[[nodiscard]] std::string to_string(const Url& url);

// Whether a host is this machine by its loopback interface: "localhost", 127.0.0.0/8, ::1.
[[nodiscard]] bool is_loopback(std::string_view host) noexcept;

}  // namespace arc
