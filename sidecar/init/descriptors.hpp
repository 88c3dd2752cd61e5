// The descriptors that PID 1 inherits.
#pragma once

#include "init/sys.hpp"

namespace arc::init {

// Closes every descriptor above 2. PID 1 calls it before it opens its own, which are close-on-exec.
// So the server and the agent inherit none, and PID 1 keeps no foreign pipe or file open. It uses
// close_range() (Linux 5.9), or the list in /proc/self/fd. A loop up to the limit would be too
// slow, because the limit can be 1,000,000,000.
void close_inherited(Sys& sys);

// Opens /dev/null for each of 0, 1 and 2 that is closed. Otherwise the server's first file or
// socket would get that descriptor, and the server's log would be written into it.
void open_missing_standard(Sys& sys);

}  // namespace arc::init
