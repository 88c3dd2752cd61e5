// What a configuration file may not be, before the TOML parser sees it (toml11 4.4, both found by
// fuzzing). Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace arc {

// The line (from 1) of the first byte that TOML allows nowhere: no UTF-8, or a control character
// other than tab and line ends. 0 where there is none. With some of these in a comment the parser
// never comes back.
[[nodiscard]] std::size_t line_not_text(std::string_view text);

// The line at which arrays and tables are nested deeper, or a key has more parts, than any right
// file has (32); 0 where none does. The parser and its values are recursive: a file must not be
// able to end the process.
[[nodiscard]] std::size_t line_too_deep(std::string_view text);

}  // namespace arc
