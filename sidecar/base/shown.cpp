#include "base/shown.hpp"

namespace arc {

std::string shown(std::string_view text) {
    const std::string clean = redacted(text);
    std::string line = escaped(clean);
    // Escaping may produce a text that is itself a secret.
    return line == clean ? line : redacted(line);
}

}  // namespace arc
