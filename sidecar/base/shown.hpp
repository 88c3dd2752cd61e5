// Makes external text safe for output: answers of servers, files, URLs, and errors that quote them.
// Every output uses it: log lines, reports (health, bootstrap, preflight), labels of metrics, state
// files and print().
#pragma once

#include <string>
#include <string_view>

#include "base/escape.hpp"
#include "base/secrets.hpp"

namespace arc {

// Removes known secrets from `text` and then escapes it. After escaping or cutting, the search
// would not find the secret. Applying shown() twice is harmless.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace arc
