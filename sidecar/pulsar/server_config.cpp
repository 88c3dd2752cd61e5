#include "pulsar/server_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"
#include "base/secrets.hpp"
#include "base/suggest.hpp"
#include "net/url.hpp"

namespace arc::pulsar {
namespace {

constexpr std::string_view kBlanks = " \t\r";

std::int64_t jvm_size(std::string_view text) {
    std::int64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    const char unit =
        parsed.ptr == text.data() + text.size() ? ' ' : static_cast<char>(*parsed.ptr | 0x20);
    const std::size_t power = std::string_view{" kmgt"}.find(unit);
    return power == std::string_view::npos ? 0 : number << (10 * power);
}

}  // namespace

std::map<std::string, std::string, std::less<>> parse_properties(std::string_view text) {
    std::map<std::string, std::string, std::less<>> properties;
    for (const std::string_view line : split(text, '\n')) {
        const std::string_view content = trimmed(line, kBlanks);
        const std::size_t mark = content.find('=');
        if (!content.starts_with('#') && mark != std::string_view::npos) {
            properties[std::string(trimmed(content.substr(0, mark), kBlanks))] =
                trimmed(content.substr(mark + 1), kBlanks);
            keep_secrets_of_setting(trimmed(content.substr(0, mark), kBlanks),
                                    trimmed(content.substr(mark + 1), kBlanks));
        }
    }
    return properties;
}

std::vector<std::string> internal_hosts(std::string_view advertised_listeners,
                                        std::string_view internal) {
    std::vector<std::string> hosts;
    for (const std::string_view entry : split(advertised_listeners, ',')) {
        const std::string_view listener = trimmed(entry, kBlanks);
        const std::string_view name = listener.substr(0, listener.find(':'));
        const std::string_view url = listener.substr(std::min(name.size() + 1, listener.size()));
        const std::size_t scheme = url.find("://");
        const auto parsed = scheme == std::string_view::npos
                                ? Result<Url>{fail(ErrorKind::config, "")}
                                : parse_url(url, url.substr(0, scheme), 6650);
        internal = internal.empty() ? name : internal;
        if (parsed && name == internal && !std::ranges::contains(hosts, parsed->host)) {
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

JvmMemory jvm_memory(std::string_view flags) {
    constexpr std::string_view direct = "-XX:MaxDirectMemorySize=";
    constexpr std::string_view most = "-Xmx";
    JvmMemory memory;
    for (const std::string_view flag : split(flags, ' ')) {
        if (flag.starts_with(most)) {
            memory.heap = jvm_size(flag.substr(most.size()));
        } else if (flag.starts_with(direct)) {
            memory.direct = jvm_size(flag.substr(direct.size()));
        }
    }
    return memory;
}

std::string jvm_temporary(std::string_view flags) {
    constexpr std::string_view name = "-Djava.io.tmpdir=";
    std::string_view directory = "/tmp";
    for (const std::string_view flag : split(flags, ' ')) {
        directory = flag.starts_with(name) ? flag.substr(name.size()) : directory;
    }
    return std::string(directory);
}

std::optional<std::string> script_default(std::string_view script, std::string_view name) {
    std::optional<std::string> value;
    for (const std::string_view whole : split(script, '\n')) {
        std::string_view line = trimmed(whole, kBlanks);
        const bool assigns = line.starts_with(name) && line.substr(name.size()).starts_with('=');
        line.remove_prefix(assigns ? name.size() + 1 : line.size());
        const std::string fallback = fmt::format("${{{}:-", name);
        if (line.starts_with(fallback) && line.ends_with('}')) {
            line = line.substr(fallback.size(), line.size() - fallback.size() - 1);
        }
        const bool plain =
            line.size() >= 2 && line.front() == '"' && line.back() == '"' && !line.contains('$');
        value = plain ? std::string(line.substr(1, line.size() - 2)) : value;
    }
    return value;
}

}  // namespace arc::pulsar
