#include "base/secret_forms.hpp"

#include <fmt/format.h>

#include <cctype>
#include <cstddef>

#include "base/escape.hpp"

namespace arc {
namespace {

using CharForm = std::string (*)(unsigned char);

std::string in_form(std::string_view secret, CharForm form) {
    std::string text;
    for (const char c : secret) {
        text += form(static_cast<unsigned char>(c));
    }
    return text;
}

std::string as_json(unsigned char c) {
    switch (c) {
        case '\b':
            return "\\b";
        case '\f':
            return "\\f";
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            break;
    }
    if (c == '"' || c == '\\') {
        return {'\\', static_cast<char>(c)};
    }
    return c < 0x20 ? fmt::format("\\u{:04x}", c) : std::string(1, static_cast<char>(c));
}

// C's escapes. Redis quotes a command's arguments so (sdscatrepr).
std::string as_c(unsigned char c) {
    const std::string json = c == '\a' ? "\\a" : as_json(c);
    return json.starts_with("\\u") || c >= 0x7F ? fmt::format("\\x{:02x}", c) : json;
}

bool unreserved(unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view{"-._~"}.contains(static_cast<char>(c));
}
std::string as_percent(unsigned char c) {
    return unreserved(c) ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
}
std::string as_lower_percent(unsigned char c) {
    return unreserved(c) ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02x}", c);
}
std::string as_form(unsigned char c) {
    return c == ' ' ? "+" : as_percent(c);
}

// The base64 digits that depend only on `secret` if `before` bytes (0 to 2) of a group of three
// precede it.
std::string as_base64(std::string_view secret, std::size_t before, std::string_view digits) {
    const std::string bytes = std::string(before, '\0') + std::string(secret);
    const std::size_t whole = bytes.size() * 8 / 6;
    std::string text;
    for (std::size_t digit = (before * 8 + 5) / 6; digit < whole; ++digit) {
        const std::size_t bit = digit * 6;
        const auto byte = [&](std::size_t i) {
            return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
        };
        const unsigned two = byte(bit / 8) << 8U | byte(bit / 8 + 1);
        text += digits[two >> (10U - bit % 8) & 0x3FU];
    }
    return text;
}

}  // namespace

std::vector<std::string> forms_of(std::string_view secret) {
    std::vector<std::string> forms{std::string(secret), escaped(secret)};
    for (const CharForm form : {&as_json, &as_c, &as_percent, &as_lower_percent, &as_form}) {
        forms.push_back(in_form(secret, form));
    }
    for (const std::string_view last : {"+/", "-_"}) {
        const std::string digits =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + std::string(last);
        for (std::size_t before = 0; before < 3; ++before) {
            forms.push_back(as_base64(secret, before, digits));
        }
    }
    return forms;
}

}  // namespace arc
