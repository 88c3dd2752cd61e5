// Values as TOML has them. Pure.
#pragma once

#include <string>
#include <string_view>

namespace arc {

// A basic string: in quotes, with its quotes, backslashes and control characters escaped.
[[nodiscard]] std::string toml_string(std::string_view text);

}  // namespace arc
