// Asks a server's program for its version.
#pragma once

#include <optional>
#include <string>

#include "base/deadline.hpp"

namespace arc::preflight {

// The first line that `program --version` prints, without its line end: at most 4 KiB. `program` is
// looked for as a shell does. nullopt: it cannot be started, prints nothing, or does not end within
// a second or before the deadline; it is killed then.
[[nodiscard]] std::optional<std::string> ask_version(const std::string& program, Deadline deadline);

}  // namespace arc::preflight
