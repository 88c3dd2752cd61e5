#include "config/section.hpp"

#include <algorithm>

namespace arc {

const Section* find_section(std::string_view name) noexcept {
    const auto found = std::ranges::find(sections(), name, &Section::name);
    return found == sections().end() ? nullptr : *found;
}

}  // namespace arc
