#include "base/shown.hpp"

namespace arc {

std::string shown(std::string_view text) {
    const std::string clean = redacted(text);
    std::string line = escaped(clean);
    // A secret may look like an escape.
    return line == clean ? line : redacted(line);
}

}  // namespace arc
