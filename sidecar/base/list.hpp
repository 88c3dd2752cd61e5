// Words in a sentence.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace arc {

// "a", "a or b", "a, b or c" for the conjunction "or".
[[nodiscard]] std::string enumerate(std::span<const std::string_view> words,
                                    std::string_view conjunction);

}  // namespace arc
