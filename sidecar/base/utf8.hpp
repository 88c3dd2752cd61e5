// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace arc {

// The length of the character that `text` begins with, 1 to 4; 0 where it does not begin with one,
// also for an empty text.
[[nodiscard]] std::size_t utf8_size(std::string_view text) noexcept;

}  // namespace arc
