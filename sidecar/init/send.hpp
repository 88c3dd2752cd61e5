// Sending a signal, with a reason when the kernel does not let us: a stop that never arrives looks
// like a server that does not obey, until whoever asked sends a KILL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "init/sys.hpp"

namespace arc::init {

// kill(2). `pid` < 0: the group -pid. Nothing where it was sent, or where nobody of that number is
// left (ESRCH: what has ended needs no signal). Else a line for the log: which signal, `who` ("the
// server"), the error, its likely cause and what to do.
[[nodiscard]] std::optional<std::string> send_signal(Sys& sys, pid_t pid, int signo,
                                                     std::string_view who);

// That line for the error `error` of kill(2). The cause is taken from what /proc shows: whose the
// process is, and under which security label (AppArmor, SELinux) we run.
[[nodiscard]] std::string explain_unsent(Sys& sys, pid_t pid, int signo, std::string_view who,
                                         int error);

}  // namespace arc::init
