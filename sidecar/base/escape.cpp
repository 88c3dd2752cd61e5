#include "base/escape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/utf8.hpp"

namespace arc {
namespace {

constexpr std::string_view kEllipsis = "…";

// A range of code points, including both ends. kInvisible has those of the Unicode categories Cc,
// Cf, Zl and Zp that affect the text around them.
struct Range {
    std::uint32_t first;
    std::uint32_t last;
};
constexpr std::array kInvisible{
    Range{0x00, 0x1F},     Range{0x7F, 0x9F},     Range{0xAD, 0xAD},       Range{0x61C, 0x61C},
    Range{0x180E, 0x180E}, Range{0x200B, 0x200F}, Range{0x2028, 0x202E},   Range{0x2060, 0x206F},
    Range{0xFEFF, 0xFEFF}, Range{0xFFF9, 0xFFFB}, Range{0xE0000, 0xE007F},
};

// The code point of one valid character.
std::uint32_t code_point(std::string_view character) {
    const auto lead = static_cast<unsigned char>(character.front());
    if (character.size() == 1) {
        return lead;
    }
    std::uint32_t code = lead & (0xFFU >> (character.size() + 1));
    for (const char c : character.substr(1)) {
        code = code << 6U | (static_cast<unsigned char>(c) & 0x3FU);
    }
    return code;
}

bool invisible(std::uint32_t code) {
    return std::ranges::any_of(kInvisible, [code](const Range& range) {
        return code >= range.first && code <= range.last;
    });
}

std::string escape_of(std::uint32_t code) {
    switch (code) {
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            return code < 0x80     ? fmt::format("\\x{:02x}", code)
                   : code > 0xFFFF ? fmt::format("\\U{:08x}", code)
                                   : fmt::format("\\u{:04x}", code);
    }
}

bool plain(char c) {
    return c >= 0x20 && c < 0x7F;
}

}  // namespace

std::string escaped(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const auto* end = std::ranges::find_if_not(text, plain);
        result.append(text.begin(), end);
        text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
        if (text.empty()) {
            break;
        }
        const std::size_t size = std::max<std::size_t>(utf8_size(text), 1);
        const std::string_view character = text.substr(0, size);
        if (utf8_size(text) == 0) {
            result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
        } else if (const std::uint32_t code = code_point(character); invisible(code)) {
            result += escape_of(code);
        } else {
            result += character;
        }
        text.remove_prefix(size);
    }
    return result;
}

std::string clipped(std::string text, std::size_t limit) {
    if (text.size() <= limit) {
        return text;
    }
    std::size_t end = limit - kEllipsis.size();
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    text.resize(end);
    return text.append(kEllipsis);
}

}  // namespace arc
