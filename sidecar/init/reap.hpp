// Reaps children. Orphans become children of PID 1, or of the nearest subreaper, and stay zombies
// until that process waits for them.
#pragma once

#include <vector>

#include "init/exit_status.hpp"

namespace arc::init {

// Makes this process the subreaper if it is not PID 1 (`docker run --init`, a shell). It cannot
// fail on Linux 3.4 or later. No-op as PID 1.
void become_reaper(Sys& sys);

struct Reaped {
    struct Child {
        pid_t pid = 0;
        Ended ended;
        int stopped_by = 0;  // the signal that stopped it; 0: it ended
    };
    std::vector<Child> children;  // in the order of the kernel
    bool none_left = false;       // no child is left, not even a zombie
};

// Reaps all children that ended since the last call, and reports those that were stopped. One CHLD
// can stand for several of them, so this continues until the kernel reports no more.
[[nodiscard]] Reaped reap(Sys& sys);

}  // namespace arc::init
