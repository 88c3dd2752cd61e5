#include "resp/info.hpp"

#include <charconv>

#include "base/suggest.hpp"

namespace arc::resp {

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    return status == std::errc{} && end == text.data() + text.size() ? std::optional{value}
                                                                     : std::nullopt;
}

std::string_view info_field(std::string_view info, std::string_view name) noexcept {
    for (std::size_t at = info.find(name); at != std::string_view::npos;
         at = info.find(name, at + 1)) {
        const std::size_t colon = at + name.size();
        const bool line_start = at == 0 || info[at - 1] == '\n';
        if (line_start && colon < info.size() && info[colon] == ':') {
            const std::string_view rest = info.substr(colon + 1);
            return rest.substr(0, rest.find_first_of("\r\n"));
        }
    }
    return {};
}

std::string_view info_part(std::string_view value, std::string_view name) {
    for (const std::string_view entry : split(value, ',')) {
        if (entry.starts_with(name) && entry.substr(name.size()).starts_with('=')) {
            return entry.substr(name.size() + 1);
        }
    }
    return {};
}

std::string_view list_field(const Reply& reply, std::string_view name) noexcept {
    for (std::size_t i = 0; i + 1 < reply.list.size(); i += 2) {
        if (reply.list[i].text == name) {
            return reply.list[i + 1].text;
        }
    }
    return {};
}

}  // namespace arc::resp
