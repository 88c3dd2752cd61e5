#include "config/hosts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "base/suggest.hpp"
#include "net/url.hpp"

namespace arc {
namespace {

constexpr std::string_view kScheme = "host";

Result<HostPort> parse_host(std::string_view text) {
    const auto url = parse_url(text, kScheme, 0);
    if (!url && text.contains('@')) {  // it may be a password
        return fail(ErrorKind::config, "write only hosts and ports here, without credentials");
    }
    if (!url || url->scheme != kScheme || !url->path.empty()) {
        return fail(
            ErrorKind::config,
            fmt::format("'{}' is neither a host nor host:port. Separate hosts with commas", text));
    }
    return HostPort{url->host, url->port};
}

}  // namespace

Result<Hosts> parse_hosts(std::string_view text) {
    Hosts hosts;
    for (const std::string_view part : split(text, ',')) {
        const std::string_view entry = trimmed(part, " \t");
        if (entry.empty()) {
            continue;
        }
        auto host = parse_host(entry);
        if (!host) {
            return std::unexpected(host.error());
        }
        if (std::ranges::contains(hosts, *host)) {
            return fail(ErrorKind::config, fmt::format("{} is in the list twice", entry));
        }
        hosts.push_back(std::move(*host));
    }
    return hosts;
}

std::string to_string(const HostPort& host) {
    if (host.port != 0) {
        return host_and_port(host.host, host.port);
    }
    return host.host.contains(':') ? fmt::format("[{}]", host.host) : host.host;
}

std::string to_string(const Hosts& hosts) {
    std::string text;
    for (const HostPort& host : hosts) {
        text += (text.empty() ? "" : ", ") + to_string(host);
    }
    return text;
}

}  // namespace arc
