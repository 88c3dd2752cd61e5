#include "net/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/ascii.hpp"
#include "net/unix_socket.hpp"

namespace arc {
namespace {

struct Authority {
    std::string_view host;
    std::string_view port;  // empty when absent
};

Result<Authority> split_authority(std::string_view text) {
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) {
            return fail(ErrorKind::config, "the bracket of an IPv6 address is not closed");
        }
        const std::string_view rest = text.substr(close + 1);
        if (!rest.empty() && !rest.starts_with(':')) {
            return fail(ErrorKind::config, "only :port may follow an IPv6 address");
        }
        return Authority{text.substr(1, close - 1), rest.empty() ? rest : rest.substr(1)};
    }
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
        return Authority{text, {}};
    }
    if (text.find(':', colon + 1) != std::string_view::npos) {
        return fail(ErrorKind::config,
                    "more than one colon. Write an IPv6 address in brackets, as in [::1]:6379");
    }
    return Authority{text.substr(0, colon), text.substr(colon + 1)};
}

// A path without escapes to decode, with single slashes.
bool valid_path(std::string_view path) {
    return !path.contains("//") && std::ranges::all_of(path, [](unsigned char c) {
        return std::isalnum(c) != 0 ||
               std::string_view{"/-._~%!$&'()*+,;=:@"}.contains(static_cast<char>(c));
    });
}

bool valid_host(std::string_view host) {
    return !host.empty() && host.size() <= 255 && std::ranges::all_of(host, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':' || c == '%';
    });
}

// "/run/redis.sock" of unix:///run/redis.sock.
Result<Url> parse_socket(std::string_view path) {
    if (!path.starts_with('/') || path.ends_with('/') ||
        path.find_first_of("?#") != std::string_view::npos) {
        return fail(ErrorKind::config,
                    "a URL of a socket is unix:// and an absolute path, as in "
                    "unix:///run/redis/redis.sock");
    }
    if (path.size() > kMaxSocketPath) {
        return fail(ErrorKind::config, "the path of a socket has at most 107 bytes");
    }
    return Url{.scheme = "unix", .host = {}, .port = 0, .path = std::string(path)};
}

}  // namespace

Result<std::uint16_t> parse_port(std::string_view text) {
    unsigned value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (status != std::errc{} || end != text.data() + text.size() || value == 0 || value > 65535) {
        return fail(ErrorKind::config, "the port is not a number from 1 to 65535");
    }
    return static_cast<std::uint16_t>(value);
}

Result<Url> parse_url(std::string_view text, std::string_view default_scheme,
                      std::uint16_t default_port) {
    Url url{std::string(default_scheme), {}, default_port};
    std::string_view rest = text;
    if (const std::size_t mark = rest.find("://"); mark != std::string_view::npos) {
        url.scheme = lower(rest.substr(0, mark));
        rest.remove_prefix(mark + 3);
    }
    if (rest.find('@') != std::string_view::npos) {
        return fail(
            ErrorKind::config,
            "credentials do not belong in a URL, because it is printed. Use the settings for "
            "user, password or token");
    }
    if (url.scheme == "unix") {
        return parse_socket(rest);
    }
    if (rest.ends_with('/')) {
        rest.remove_suffix(1);
    }
    if (const std::size_t slash = rest.find_first_of("/?#"); slash != std::string_view::npos) {
        if (!url.scheme.starts_with("http") || !valid_path(rest.substr(slash))) {
            return fail(ErrorKind::config, "only scheme://host:port is supported; drop the path");
        }
        url.path = rest.substr(slash);
        rest = rest.substr(0, slash);
    }
    const auto authority = split_authority(rest);
    if (!authority) {
        return std::unexpected(authority.error());
    }
    if (!valid_host(authority->host)) {
        return fail(ErrorKind::config, "the host is not a host name or address");
    }
    url.host = authority->host;
    if (!authority->port.empty()) {
        const auto port = parse_port(authority->port);
        if (!port) {
            return std::unexpected(port.error());
        }
        url.port = *port;
    }
    return url;
}

std::string host_and_port(std::string_view host, std::uint16_t port) {
    return host.find(':') == std::string_view::npos ? fmt::format("{}:{}", host, port)
                                                    : fmt::format("[{}]:{}", host, port);
}

std::string address_of(const Url& url) {
    return url.scheme == "unix" ? url.path : host_and_port(url.host, url.port);
}

std::string to_string(const Url& url) {
    if (url.scheme == "unix") {
        return "unix://" + url.path;
    }
    return fmt::format("{}://{}{}", url.scheme, host_and_port(url.host, url.port), url.path);
}

bool is_loopback(std::string_view host) noexcept {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace arc
