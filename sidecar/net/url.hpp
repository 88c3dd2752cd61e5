// The parts of a URL that the sidecar uses. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace arc {

// A URL of the scheme unix has only a path, that of a socket.
struct Url {
    std::string scheme;      // lower case: "nats", "redis", "http"
    std::string host;        // a name or a literal address; IPv6 without its brackets
    std::uint16_t port = 0;  // 1..65535
    // of http and https: empty, or "/nats" without a slash at its end; of unix: the socket
    std::string path = {};

    [[nodiscard]] bool operator==(const Url&) const = default;
};

// Parses `scheme://host[:port][/]`, or `host[:port]` with `default_scheme`. Without a port it uses
// `default_port`. A URL of HTTP may have a path. It rejects a user, password, query, and any other
// path; other settings keep credentials out of logs. No error quotes the text, because it may be a
// connection string with a password.
// The exception is unix:///run/redis.sock, with an absolute path of at most 107 bytes.
[[nodiscard]] Result<Url> parse_url(std::string_view text, std::string_view default_scheme,
                                    std::uint16_t default_port);

// A decimal port from 1 to 65535. For any other text, an error of kind config.
[[nodiscard]] Result<std::uint16_t> parse_port(std::string_view text);

// "host:port", with brackets around an IPv6 address.
[[nodiscard]] std::string host_and_port(std::string_view host, std::uint16_t port);

// "scheme://host:port", and the path; "unix:///run/redis.sock".
[[nodiscard]] std::string to_string(const Url& url);

// Where a server is, for messages: "host:port", or the path of its socket.
[[nodiscard]] std::string address_of(const Url& url);

// Whether a host is a loopback address: "localhost", 127.0.0.0/8, ::1.
[[nodiscard]] bool is_loopback(std::string_view host) noexcept;

}  // namespace arc
