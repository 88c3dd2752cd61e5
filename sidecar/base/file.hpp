// Reads a small file completely.
#pragma once

#include <string>

#include "base/deadline.hpp"
#include "base/error.hpp"

namespace arc {

// The time limit for reading a pipe (a FIFO, or `<(command)` in a shell) to its end.
inline constexpr Deadline::Duration kPipeLimit{1'000};

// The content of a regular file, a device such as /dev/null, or a pipe. Errors have the kind config
// and name the path and the reason. A directory and a file of more than `limit` bytes are errors.
// Waits only for a pipe. A file system that hangs blocks the caller without limit.
[[nodiscard]] Result<std::string> read_whole(const std::string& path, std::size_t limit);

}  // namespace arc
