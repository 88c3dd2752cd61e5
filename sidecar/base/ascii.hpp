// Letters and blanks of protocols and configuration files, which are ASCII: no locale has a part in
// them. Pure.
#pragma once

#include <string>
#include <string_view>

namespace arc {

// With a to z for A to Z; other bytes stay.
[[nodiscard]] std::string lower(std::string_view text);

// With A to Z for a to z.
[[nodiscard]] std::string upper(std::string_view text);

// Whether they differ at most in the case of their letters.
[[nodiscard]] bool same_letters(std::string_view a, std::string_view b);

// Without the characters of `blanks` at its ends; a view into `text`.
[[nodiscard]] std::string_view trimmed(std::string_view text, std::string_view blanks);

}  // namespace arc
