// Reaping: as PID 1, or as the nearest subreaper, every orphan of the container becomes a child
// here and is a zombie until it is waited for.
#pragma once

#include <vector>

#include "init/exit_status.hpp"

namespace arc::init {

// Orphans come here instead of to the real PID 1 when this process is not it (`docker run --init`,
// a shell). Silent: it always works on a kernel since 3.4, and as PID 1 there is nothing to do.
void become_reaper(Sys& sys);

struct Reaped {
    struct Child {
        pid_t pid = 0;
        Ended ended;
        int stopped_by = 0;  // not ended but stopped by this signal; only when stops were asked for
    };
    std::vector<Child> children;  // in the order in which the kernel gave them
    bool none_left = false;       // there is no child any more, neither living nor dead
};

// All that ended since the last call. One CHLD can stand for many ends (a pending signal is not
// counted), so the loop goes on until there is nothing left: that is how the server's own end is
// never missed.
[[nodiscard]] Reaped reap(Sys& sys, bool with_stops);

}  // namespace arc::init
