#include "pulsar/server_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <limits>

#include "base/ascii.hpp"
#include "base/secrets.hpp"
#include "base/suggest.hpp"
#include "net/url.hpp"

namespace arc::pulsar {
namespace {

constexpr std::string_view kBlanks = " \t\r";

// "512m": -1 for a text that the JVM rejects.
std::int64_t jvm_size(std::string_view text) {
    constexpr std::string_view units = "kmgt";
    std::int64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string unit = lower(text.substr(static_cast<std::size_t>(parsed.ptr - text.data())));
    const std::size_t power = unit.empty() ? 0 : units.find(unit) + 1;
    const bool valid = parsed.ec == std::errc{} && number >= 0 && unit.size() < 2 &&
                       (unit.empty() || power != 0) &&
                       number <= (std::numeric_limits<std::int64_t>::max() >> (10 * power));
    return valid ? number << (10 * power) : -1;
}

std::vector<std::string_view> words_of(std::string_view text) {
    constexpr std::string_view blanks = " \t\n";
    std::vector<std::string_view> words;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(blanks, at)) != std::string_view::npos) {
        const std::size_t end = std::min(text.find_first_of(blanks, at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

// What follows the first of `names` that the word begins with; nullopt: none.
std::optional<std::string_view> after(std::string_view word,
                                      std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        if (word.starts_with(name)) {
            return word.substr(name.size());
        }
    }
    return std::nullopt;
}

// A logical line of java.util.Properties without its blanks in front. Removes it from `text`.
std::string take_line(std::string_view& text) {
    std::string line;
    bool continues = true;
    for (bool first = true; continues && !text.empty(); first = false) {
        const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
        const std::string_view part = text.substr(0, end);
        const bool crlf = text.substr(end).starts_with("\r\n");
        text.remove_prefix(std::min(end + (crlf ? 2 : 1), text.size()));
        const std::string_view content =
            part.substr(std::min(part.find_first_not_of(" \t\f"), part.size()));
        const std::size_t slashes =
            content.size() - (content.find_last_not_of('\\') + 1);  // npos + 1 is 0
        const bool comment = first && (content.starts_with('#') || content.starts_with('!'));
        continues = !comment && slashes % 2 == 1;
        line += content.substr(0, content.size() - (continues ? 1 : 0));
    }
    return line;
}

std::string unescaped(std::string_view text) {
    constexpr std::string_view letters = "tnrf";
    std::string value;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned code = 0;
        if (text[i] != '\\' || i + 1 == text.size()) {
            value += text[i];
        } else if (text[++i] == 'u' && i + 4 < text.size() &&
                   std::from_chars(text.data() + i + 1, text.data() + i + 5, code, 16).ptr ==
                       text.data() + i + 5 &&
                   code < 0x80) {
            value += static_cast<char>(code);
            i += 4;
        } else {
            const std::size_t letter = letters.find(text[i]);
            value += letter == std::string_view::npos ? text[i] : "\t\n\r\f"[letter];
        }
    }
    return value;
}

// The end of the key: the first "=", ":" or blank that is not escaped.
std::size_t key_end(std::string_view line) {
    std::size_t i = 0;
    while (i < line.size() && !std::string_view{"=: \t\f"}.contains(line[i])) {
        i += line[i] == '\\' ? 2 : 1;
    }
    return std::min(i, line.size());
}

}  // namespace

std::map<std::string, std::string, std::less<>> parse_properties(std::string_view text) {
    constexpr std::string_view blanks = " \t\f";
    std::map<std::string, std::string, std::less<>> properties;
    while (!text.empty()) {
        const std::string line = take_line(text);
        if (line.empty() || line.front() == '#' || line.front() == '!') {
            continue;
        }
        const std::size_t end = key_end(line);
        std::string_view value = std::string_view(line).substr(end);
        value.remove_prefix(std::min(value.find_first_not_of(blanks), value.size()));
        if (value.starts_with('=') || value.starts_with(':')) {
            value.remove_prefix(1);
        }
        const std::string name = unescaped(std::string_view(line).substr(0, end));
        // Pulsar trims the values.
        properties[name] = trimmed(unescaped(value), " \t\f\r\n");
        keep_secrets_of_setting(name, properties[name]);
    }
    return properties;
}

std::vector<std::string> internal_hosts(std::string_view advertised_listeners,
                                        std::string_view internal) {
    std::vector<std::string> hosts;
    for (const std::string_view entry : split(advertised_listeners, ',')) {
        const std::string_view listener = trimmed(entry, kBlanks);
        const std::size_t colon = std::min(listener.find(':'), listener.size());
        const std::string_view name = trimmed(listener.substr(0, colon), kBlanks);
        const std::string_view url =
            trimmed(listener.substr(std::min(colon + 1, listener.size())), kBlanks);
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

JvmOptions read_jvm_options(std::string_view flags) {
    JvmOptions options;
    std::int64_t initial = 0;
    for (const std::string_view flag : words_of(flags)) {
        std::int64_t* size = nullptr;
        auto value = after(flag, {"-Xmx", "-XX:MaxHeapSize="});
        if (value) {
            size = &options.heap;
        } else if ((value = after(flag, {"-Xms", "-XX:InitialHeapSize=", "-XX:MinHeapSize="}))) {
            size = &initial;
        } else if ((value = after(flag, {"-XX:MaxDirectMemorySize="}))) {
            size = &options.direct;
        } else if ((value = after(flag, {"-Djava.io.tmpdir="}))) {
            options.temporary = *value;
        }
        if (size != nullptr) {
            *size = jvm_size(*value);
        }
        const bool bad = (size != nullptr && *size < 0) || !flag.starts_with('-');
        if (bad && options.rejected.empty()) {
            options.rejected = flag;
        }
    }
    if (options.rejected.empty() && options.heap > 0 && initial > options.heap) {
        options.rejected = "an initial heap (-Xms) that is larger than the maximum (-Xmx)";
    }
    options.heap = std::max<std::int64_t>(options.heap, 0);
    options.direct = std::max<std::int64_t>(options.direct, 0);
    return options;
}

}  // namespace arc::pulsar
