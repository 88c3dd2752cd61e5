// The one way for text from outside (a server's words, a file, a URL, the network, an error that
// quotes one of them) to whoever reads it. Every sink uses it: the log line (init/log), reports
// (health, bootstrap, preflight), labels of metrics, state files, and print().
#pragma once

#include <string>
#include <string_view>

#include "base/escape.hpp"
#include "base/secrets.hpp"

namespace arc {

// `text` without any known secret, then escaped, in this order: an escape within a secret would
// hide it from the search, and so would a cut. Twice does no harm.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace arc
