// The forms in which servers, libraries and tools quote a secret. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace arc {

// The secret itself, escaped for a terminal (base/escape.hpp), quoted (JSON, C), percent-encoded,
// and in base64 (both alphabets) at each offset. A form may occur twice.
[[nodiscard]] std::vector<std::string> forms_of(std::string_view secret);

}  // namespace arc
