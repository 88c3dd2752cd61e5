#include "nats/api_level.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/json.hpp"
#include "base/json_fields.hpp"

namespace arc::nats {
namespace {

// The first number in `text`, which is left behind it and one more character.
int take_number(std::string_view& text) {
    int number = -1;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto length = static_cast<std::size_t>(parsed.ptr - text.data());
    text.remove_prefix(std::min(length + 1, text.size()));
    return number;
}

}  // namespace

std::optional<int> api_level(std::string_view version) {
    const std::size_t mark = version.find(": v");
    if (!version.starts_with("nats-server") || mark == std::string_view::npos) {
        return std::nullopt;
    }
    version.remove_prefix(mark + 3);
    const int major = take_number(version);
    const int minor = take_number(version);
    if (major != 2 || minor < 0 || minor > 12) {
        return std::nullopt;
    }
    return minor <= 10 ? 0 : minor - 10;
}

int required_level(std::string_view meta) {
    const std::string level =
        json_text(json_at(parse_json(meta), "metadata"), "_nats.req.level", "0");
    std::string_view rest = level;
    return std::max(take_number(rest), 0);
}

}  // namespace arc::nats
