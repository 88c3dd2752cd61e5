// A small file, read whole.
#pragma once

#include <string>

#include "error.hpp"

namespace arc {

// The bytes of a regular file or a device such as /dev/null, at most `limit`; an error of kind config names the path and the reason
// (a directory and a longer file are errors, too).
[[nodiscard]] Result<std::string> read_whole(const std::string& path, std::size_t limit);

}  // namespace arc
