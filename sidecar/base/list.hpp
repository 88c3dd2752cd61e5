// Formats a list for a sentence.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace arc {

// "a", "a or b" or "a, b or c" with the conjunction "or".
[[nodiscard]] std::string enumerate(std::span<const std::string_view> items,
                                    std::string_view conjunction);

}  // namespace arc
