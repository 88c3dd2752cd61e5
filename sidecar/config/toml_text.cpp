#include "config/toml_text.hpp"

#include <fmt/format.h>

namespace arc {

std::string toml_string(std::string_view text) {
    std::string all = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            all += {'\\', c};
        } else if (byte < 0x20 || byte == 0x7f) {
            all += fmt::format("\\u{:04x}", byte);
        } else {
            all += c;
        }
    }
    return all + '"';
}

}  // namespace arc
