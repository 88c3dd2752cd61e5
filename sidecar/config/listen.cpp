#include "config/listen.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <optional>

#include "net/url.hpp"

namespace arc {
namespace {

// IPv6 stands in brackets, so that its colons are not the port's.
std::optional<std::string> parse_address(std::string_view text) {
    const bool brackets = text.starts_with('[') && text.ends_with(']');
    std::string address{brackets ? text.substr(1, text.size() - 2) : text};
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    const bool known =
        ::inet_pton(brackets ? AF_INET6 : AF_INET, address.c_str(), bytes.data()) == 1;
    return known ? std::optional{std::move(address)} : std::nullopt;
}

}  // namespace

Result<Listen> parse_listen(std::string_view text) {
    if (text == "auto" || text == "off") {
        return Listen{text == "off" ? Listen::Kind::off : Listen::Kind::automatic, {}, 0};
    }
    const std::size_t colon = text.rfind(':');
    const bool addressed = colon != std::string_view::npos;
    const auto port = parse_port(addressed ? text.substr(colon + 1) : text);
    auto address = addressed ? parse_address(text.substr(0, colon)) : std::optional{std::string{}};
    if (!port || !address) {
        return fail(
            ErrorKind::config,
            fmt::format(
                "'{}' is not auto, off, a port (9121) or an address and a port (127.0.0.1:9121)",
                text));
    }
    return Listen{Listen::Kind::at, std::move(*address), *port};
}

std::string to_string(const Listen& listen) {
    if (listen.kind != Listen::Kind::at) {
        return listen.kind == Listen::Kind::off ? "off" : "auto";
    }
    return listen.address.empty() ? fmt::format("{}", listen.port)
                                  : host_and_port(listen.address, listen.port);
}

}  // namespace arc
