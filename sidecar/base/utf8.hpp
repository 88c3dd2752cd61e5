// UTF-8 as in RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace arc {

// The length of the first character, 1 to 4 bytes. 0 if `text` is empty or does not begin with a
// valid character.
[[nodiscard]] std::size_t utf8_size(std::string_view text) noexcept;

}  // namespace arc
