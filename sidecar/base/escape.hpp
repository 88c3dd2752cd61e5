// Control characters made visible. Pure.
#pragma once

#include <string>
#include <string_view>

namespace arc {

// `text` as one harmless line of UTF-8: what moves a cursor, ends a line, changes a terminal or
// reorders what is read becomes its escape. C0, DEL and C1: \n, \r, \t, \x1b, \u0085. Line and
// paragraph separators, bidirectional controls, zero-width and tag characters: \u202e, \U000e0041.
// Bytes that are no UTF-8: \xff. Everything else is left as it is, a backslash, too: nothing is
// meant to read this back.
[[nodiscard]] std::string escaped(std::string_view text);

// At most `limit` bytes of what escaped() or shown() returned: cut between two characters and
// marked with an ellipsis. `limit` is at least 3.
[[nodiscard]] std::string clipped(std::string text, std::size_t limit);

}  // namespace arc
