// Letters and blanks in ASCII, as protocols and configuration files use them. Independent of the
// locale. Pure.
#pragma once

#include <string>
#include <string_view>

namespace arc {

// Converts A to Z to lower case. Leaves other bytes unchanged.
[[nodiscard]] std::string lower(std::string_view text);

// With A to Z for a to z.
[[nodiscard]] std::string upper(std::string_view text);

// Whether the texts are equal, ignoring the case of letters.
[[nodiscard]] bool same_letters(std::string_view a, std::string_view b);

// `text` without the characters of `blanks` at both ends. Returns a view into `text`.
[[nodiscard]] std::string_view trimmed(std::string_view text, std::string_view blanks);

}  // namespace arc
