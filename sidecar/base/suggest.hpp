// Suggests the most similar known word ("did you mean"). Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace arc {

// The number of insertions, deletions, replacements and swaps of adjacent characters from `a` to
// `b`.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The known word most similar to `word`; empty if none is similar enough for a typing error.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> known);

// "; did you mean 'appendonly'?" for the end of a message; empty without a similar word.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string_view> known);

// The parts of `text` between separators, as views into `text`. Keeps empty parts.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace arc
