#include "base/json.hpp"

#include <algorithm>

namespace arc {

std::size_t find_mark(std::string_view text, std::size_t from) noexcept {
    bool quoted = false;
    for (std::size_t i = from; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            i += c == '\\' ? 1 : 0;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == ']' || c == '{' || c == '}' || c == ',') {
            return i;
        }
    }
    return text.size();
}

namespace {

// The depth of nesting. For invalid JSON the result is arbitrary, because the parser rejects such
// text.
std::size_t depth_of(std::string_view text) {
    std::size_t depth = 0;
    std::size_t deepest = 0;
    for (std::size_t at = find_mark(text, 0); at < text.size(); at = find_mark(text, at + 1)) {
        const char mark = text[at];
        if (mark == '[' || mark == '{') {
            deepest = std::max(deepest, ++depth);
        } else if (mark != ',' && depth > 0) {
            --depth;
        }
    }
    return deepest;
}

}  // namespace

nlohmann::json parse_json(std::string_view text) {
    if (text.size() > kMaxJson || depth_of(text) > kMaxJsonDepth) {
        return nlohmann::json(nlohmann::json::value_t::discarded);
    }
    return nlohmann::json::parse(text, nullptr, false);
}

nlohmann::json parse_json(std::string_view text, std::span<const std::string_view> members) {
    using Event = nlohmann::json::parse_event_t;
    if (text.size() > kMaxJson || depth_of(text) > kMaxJsonDepth) {
        return nlohmann::json(nlohmann::json::value_t::discarded);
    }
    const auto keep = [members](int, Event event, const nlohmann::json& value) {
        return event != Event::key ||
               std::ranges::contains(members, value.get_ref<const std::string&>());
    };
    return nlohmann::json::parse(text, keep, false);
}

}  // namespace arc
