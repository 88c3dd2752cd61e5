// The configuration file: TOML into an existing Config. Every key must be known and of the right
// type.
#pragma once

#include <string>

#include "base/error.hpp"
#include "config/config.hpp"

namespace arc {

// Reads `path` over `config`. A list of declared objects replaces the default one as a
// whole when the file has any entry of it. Errors say
// file:line, the key, and what would be right.
[[nodiscard]] Result<void> load_toml(const std::string& path, Config& config);

// The same from text, for tests and fuzzing; `name` stands for the path in messages.
[[nodiscard]] Result<void> load_toml_text(const std::string& text, const std::string& name,
                                          Config& config);

}  // namespace arc
