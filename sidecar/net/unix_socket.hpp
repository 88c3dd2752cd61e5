// Connections to sockets in the file system (unix(7)) within a deadline.
#pragma once

#include <string>

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "net/tcp.hpp"

namespace arc {

// The longest path of a socket, in bytes.
inline constexpr std::size_t kMaxSocketPath = 107;

// Connects to the stream socket at `path`, which has at most kMaxSocketPath bytes. The socket is
// non-blocking and close-on-exec.
// Errors: refused (there is no such socket, or no process listens on it), timeout (the server's
// queue stays full), shortage; config for another file at the path, and for missing permissions.
// The text names the path, and for config the remedy.
[[nodiscard]] Result<Fd> connect_unix(const std::string& path, Deadline deadline);

}  // namespace arc
