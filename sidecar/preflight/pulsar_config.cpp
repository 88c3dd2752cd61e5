#include "preflight/pulsar_config.hpp"

#include <algorithm>
#include <charconv>

#include "config/suggest.hpp"
#include "net/url.hpp"
#include "text/secrets.hpp"

namespace arc::preflight {
namespace {

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r");
    return first == std::string_view::npos ? std::string_view{} : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::int64_t jvm_size(std::string_view text) {
    std::int64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    const char unit = parsed.ptr == text.data() + text.size() ? ' ' : static_cast<char>(*parsed.ptr | 0x20);
    const std::size_t power = std::string_view{" kmgt"}.find(unit);
    return power == std::string_view::npos ? 0 : number << (10 * power);
}

}  // namespace

std::map<std::string, std::string, std::less<>> parse_properties(std::string_view text) {
    std::map<std::string, std::string, std::less<>> properties;
    for (const std::string_view line : split(text, '\n')) {
        const std::string_view content = trimmed(line);
        const std::size_t mark = content.find('=');
        if (!content.starts_with('#') && mark != std::string_view::npos) {
            properties[std::string(trimmed(content.substr(0, mark)))] = trimmed(content.substr(mark + 1));
            keep_secrets_of_setting(trimmed(content.substr(0, mark)), trimmed(content.substr(mark + 1)));
        }
    }
    return properties;
}

std::vector<std::string> listener_hosts(std::string_view advertised_listeners) {
    std::vector<std::string> hosts;
    for (const std::string_view listener : split(advertised_listeners, ',')) {
        const std::string_view url = trimmed(listener).substr(std::min(trimmed(listener).find(':') + 1, trimmed(listener).size()));
        const std::size_t scheme = url.find("://");
        const auto parsed =
            scheme == std::string_view::npos ? Result<Url>{fail(ErrorKind::config, "")} : parse_url(url, url.substr(0, scheme), 6650);
        if (parsed && std::ranges::find(hosts, parsed->host) == hosts.end()) {
            hosts.push_back(parsed->host);
        }
    }
    return hosts;
}

std::string bookie_of(std::string_view cookie) {
    constexpr std::string_view name = "bookieHost: \"";
    const std::size_t mark = cookie.find(name);
    if (mark == std::string_view::npos) {
        return {};
    }
    const std::string_view rest = cookie.substr(mark + name.size());
    return std::string(rest.substr(0, rest.find('"')));
}

std::int64_t jvm_memory(std::string_view flags) {
    constexpr std::string_view direct = "-XX:MaxDirectMemorySize=";
    constexpr std::string_view most = "-Xmx";
    std::int64_t heap = 0;
    std::int64_t outside = 0;
    for (const std::string_view flag : split(flags, ' ')) {
        if (flag.starts_with(most)) {
            heap = jvm_size(flag.substr(most.size()));
        } else if (flag.starts_with(direct)) {
            outside = jvm_size(flag.substr(direct.size()));
        }
    }
    return heap + outside;
}

}  // namespace arc::preflight
