#include "config/toml_limits.hpp"

#include <algorithm>
#include <string>

#include "base/utf8.hpp"

namespace arc {
namespace {

constexpr std::size_t kMaxDepth = 32;  // what is read here has 3

// Where a string that begins at `at` ends: the index of its last quote, or the end of the line or
// text.
std::size_t string_end(std::string_view text, std::size_t at) {
    const char quote = text[at];
    const std::string three(3, quote);
    const bool lines = text.substr(at, 3) == three;
    for (std::size_t i = at + (lines ? 3 : 1); i < text.size(); ++i) {
        if (text[i] == '\\' && quote == '"') {
            ++i;
        } else if (lines ? text.substr(i, 3) == three : text[i] == quote || text[i] == '\n') {
            return i + (lines ? 2 : 0);
        }
    }
    return text.size();
}

// What TOML has nowhere: a control character other than tab and the ends of lines; a carriage
// return is half of one.
bool begins_forbidden(std::string_view text) {
    const auto code = static_cast<unsigned char>(text.front());
    const bool line_end = code == '\n' || text.starts_with("\r\n");
    return (code < 0x20 && code != '\t' && !line_end) || code == 0x7F;
}

}  // namespace

std::size_t line_not_text(std::string_view text) {
    std::size_t line = 1;
    while (!text.empty()) {
        const std::size_t size = utf8_size(text);
        if (size == 0 || begins_forbidden(text)) {
            return line;
        }
        line += text.front() == '\n' ? 1 : 0;
        text.remove_prefix(size);
    }
    return 0;
}

std::size_t line_too_deep(std::string_view text) {
    std::size_t line = 1;
    std::size_t open = 0;
    std::size_t parts = 0;
    for (std::size_t i = 0; i < text.size() && open <= kMaxDepth && parts <= kMaxDepth; ++i) {
        const char c = text[i];
        if (c == '"' || c == '\'') {
            const std::size_t end = string_end(text, i);
            line += static_cast<std::size_t>(std::ranges::count(text.substr(i, end - i), '\n'));
            i = end < text.size() && text[end] == '\n' ? end - 1 : end;
        } else if (c == '#') {
            i = std::min(text.find('\n', i), text.size()) - 1;
        } else if (c == '\n' || c == ',' || c == '=') {
            line += c == '\n' ? 1 : 0;
            parts = 0;
        } else if (c == '[' || c == '{') {
            ++open;
        } else if ((c == ']' || c == '}') && open > 0) {
            --open;
        } else if (c == '.') {
            ++parts;
        }
    }
    return open > kMaxDepth || parts > kMaxDepth ? line : 0;
}

}  // namespace arc
