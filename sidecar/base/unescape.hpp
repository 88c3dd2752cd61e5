// The escapes in double quotes of the servers' configurations. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace arc {

// What the backslash at `text[at]` and what follows it make, in Redis's files and in NATS's: \xHH
// is a byte, \n, \r, \t, \b and \a are control characters, any other character is itself. `at` is
// left at the last character that belongs to it. There must be one behind the backslash.
[[nodiscard]] char unescape(std::string_view text, std::size_t& at);

}  // namespace arc
