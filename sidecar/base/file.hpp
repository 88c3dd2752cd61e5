// A small file, read whole.
#pragma once

#include <string>

#include "base/deadline.hpp"
#include "base/error.hpp"

namespace arc {

// A pipe (a FIFO, `<(command)` of a shell) must have given all of its text within this time.
inline constexpr Deadline::Duration kPipeLimit{1'000};

// The bytes of a regular file, of a device such as /dev/null or of a pipe, at most `limit`; an
// error of kind config names the path and the reason (a directory and a longer file are errors,
// too). Waits for a pipe only; a file system that hangs holds the caller all the same.
[[nodiscard]] Result<std::string> read_whole(const std::string& path, std::size_t limit);

}  // namespace arc
