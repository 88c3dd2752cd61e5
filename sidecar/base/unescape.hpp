// Escapes in double-quoted values of the servers' configuration files. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace arc {

// The character of the escape at `text[at]`, in files of Redis and NATS. \xHH is a byte, and \n,
// \r, \t, \b and \a are control characters. Any other character stands for itself. Sets `at` to
// the last character of the escape.
// A character must follow the backslash.
[[nodiscard]] char unescape(std::string_view text, std::size_t& at);

}  // namespace arc
