// Escapes control characters. Pure.
#pragma once

#include <string>
#include <string_view>

namespace arc {

// `text` as one line of UTF-8 without characters that control a terminal or reorder the line. It
// escapes:
//   - C0, DEL and C1: \n, \r, \t, \x1b, \u0085
//   - line and paragraph separators, bidirectional controls, zero-width and tag characters: \u202e,
//     \U000e0041
//   - bytes that are not UTF-8: \xff
// It leaves other characters unchanged, also a backslash, because no program parses the result.
[[nodiscard]] std::string escaped(std::string_view text);

// At most `limit` bytes of a result of escaped() or shown(). A longer text is cut between two
// characters and ends with an ellipsis. `limit` is at least 3.
[[nodiscard]] std::string clipped(std::string text, std::size_t limit);

}  // namespace arc
