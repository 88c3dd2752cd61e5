// Sends signals, and explains why the kernel denies one. Without the explanation, a denied TERM
// would look like a server that does not stop.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "init/sys.hpp"

namespace arc::init {

// Calls kill(2). `pid` < 0: the group -pid. Returns nullopt if the signal was sent or the process
// has ended (ESRCH). Otherwise returns a log line with the signal, `who` ("the server"), the error,
// its probable cause and the remedy.
[[nodiscard]] std::optional<std::string> send_signal(Sys& sys, pid_t pid, int signo,
                                                     std::string_view who);

// The log line for the errno `error` of kill(2). The cause comes from /proc: the owner of the
// process, and the security label of this process (AppArmor, SELinux).
[[nodiscard]] std::string explain_unsent(Sys& sys, pid_t pid, int signo, std::string_view who,
                                         int error);

}  // namespace arc::init
