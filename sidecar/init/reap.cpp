#include "init/reap.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <cerrno>

namespace arc::init {

void become_reaper(Sys& sys) {
    if (sys.getpid() != 1) {
        sys.prctl(PR_SET_CHILD_SUBREAPER, 1);
    }
}

Reaped reap(Sys& sys) {
    Reaped reaped;
    while (true) {
        siginfo_t info{};
        if (sys.wait_any(&info, WEXITED | WSTOPPED | WNOHANG) < 0) {
            if (errno == EINTR) {
                continue;
            }
            reaped.none_left = errno == ECHILD;
            return reaped;
        }
        if (info.si_pid == 0) {
            return reaped;
        }
        const bool stopped = info.si_code == CLD_STOPPED;
        reaped.children.push_back({.pid = info.si_pid,
                                   .ended = stopped ? Ended{} : to_ended(info),
                                   .stopped_by = stopped ? info.si_status : 0});
    }
}

}  // namespace arc::init
