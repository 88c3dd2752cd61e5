#include "base/list.hpp"

namespace arc {

std::string enumerate(std::span<const std::string_view> words, std::string_view conjunction) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) {
            text += i + 1 == words.size() ? " " + std::string(conjunction) + " " : ", ";
        }
        text += words[i];
    }
    return text;
}

}  // namespace arc
