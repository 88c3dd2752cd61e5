#include "base/list.hpp"

namespace arc {

std::string enumerate(std::span<const std::string_view> items, std::string_view conjunction) {
    std::string text;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) {
            text += i + 1 == items.size() ? " " + std::string(conjunction) + " " : ", ";
        }
        text += items[i];
    }
    return text;
}

}  // namespace arc
