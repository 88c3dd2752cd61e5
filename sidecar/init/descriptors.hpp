// The descriptors that PID 1 was started with.
#pragma once

#include "init/sys.hpp"

namespace arc::init {

// Closes every descriptor above 2, before PID 1 opens its own (which are all close-on-exec). So
// neither the server nor the agent gets a stray one, and PID 1 itself keeps nobody's pipe or disk
// busy for the life of the container. close_range() where the kernel has it (5.9), else what
// /proc/self/fd lists: never a loop up to the limit, which can be a thousand million.
void close_inherited(Sys& sys);

// Opens /dev/null for each of 0, 1 and 2 that is closed: else the server's first file or socket
// would get that number, and whatever it logs would be written into it.
void open_missing_standard(Sys& sys);

}  // namespace arc::init
