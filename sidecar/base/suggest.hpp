// "Did you mean": the nearest of the known words. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace arc {

// The number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The known word nearest to `word`, if it is near enough to be a typing error; empty otherwise.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> known);

// "; did you mean 'appendonly'?" or nothing: for the end of a message.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string_view> known);

// The parts of `text` between separators; views into `text`.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace arc
