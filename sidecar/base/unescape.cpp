#include "base/unescape.hpp"

#include <cctype>
#include <charconv>

namespace arc {

char unescape(std::string_view text, std::size_t& at) {
    constexpr std::string_view kLetters = "nrtba";
    const auto is_hex = [&](std::size_t i) {
        return i < text.size() && std::isxdigit(static_cast<unsigned char>(text[i])) != 0;
    };
    ++at;
    if (text[at] == 'x' && is_hex(at + 1) && is_hex(at + 2)) {
        at += 2;
        unsigned byte = 0;
        std::from_chars(text.data() + at - 1, text.data() + at + 1, byte, 16);
        return static_cast<char>(byte);
    }
    const std::size_t letter = kLetters.find(text[at]);
    return letter == std::string_view::npos ? text[at] : std::string_view{"\n\r\t\b\a"}[letter];
}

}  // namespace arc
