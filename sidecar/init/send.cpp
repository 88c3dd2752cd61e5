#include "init/send.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "init/signals.hpp"

namespace arc::init {
namespace {

// The security label of this process: "containers-default-0.62.2 (enforce)". Empty if no security
// module confines it.
std::string security_label(Sys& sys) {
    std::string label = sys.read_file("/proc/self/attr/apparmor/current");
    if (label.empty()) {
        label = sys.read_file("/proc/self/attr/current");
    }
    while (!label.empty() && (label.back() == '\n' || label.back() == '\0')) {
        label.pop_back();
    }
    return label == "unconfined" || label == "kernel" ? std::string{} : label;
}

bool has_no_new_privileges(Sys& sys) {
    return sys.read_file("/proc/self/status").contains("NoNewPrivs:\t1");
}

// Explains EACCES. AppArmor returns it if the sender's profile may not signal the receiver's. With
// no-new-privileges a process cannot enter the profile of its container, so the profiles differ
// (Debian 13's containers package with Podman, crun).
std::string explain_module(Sys& sys) {
    const std::string label = security_label(sys);
    if (label.empty()) {
        return "A security module or a seccomp filter denies it. See the kernel's log (dmesg, "
               "audit)";
    }
    const char* cause = has_no_new_privileges(sys)
                            ? " denies it, as AppArmor does under no-new-privileges. Start the "
                              "container without that option, or "
                            : " denies it. Allow signals inside the container, or start it ";
    return fmt::format(
        "The security profile {}{}with --security-opt apparmor=unconfined (SELinux: label=disable)",
        label, cause);
}

std::string explain_cause(Sys& sys, pid_t pid, int error) {
    struct stat info{};
    const std::string path = fmt::format("/proc/{}", std::abs(pid));
    if (error == EPERM && sys.stat(path.c_str(), &info) == 0 && info.st_uid != sys.geteuid()) {
        return fmt::format(
            "It runs as uid {}, and this process as uid {} without CAP_KILL. Start both as one "
            "user, or add that capability",
            info.st_uid, sys.geteuid());
    }
    return explain_module(sys);
}

}  // namespace

std::string explain_unsent(Sys& sys, pid_t pid, int signo, std::string_view who, int error) {
    const std::string cause = error == EPERM || error == EACCES
                                  ? explain_cause(sys, pid, error)
                                  : std::string("The cause is unknown");
    return fmt::format("{} cannot be sent to {} ({} {}): {} ({}). {}", signal_name(signo), who,
                       pid < 0 ? "process group" : "pid", std::abs(pid), ::strerrordesc_np(error),
                       ::strerrorname_np(error), cause);
}

std::optional<std::string> send_signal(Sys& sys, pid_t pid, int signo, std::string_view who) {
    if (sys.kill(pid, signo) == 0 || errno == ESRCH) {
        return std::nullopt;
    }
    return explain_unsent(sys, pid, signo, who, errno);
}

}  // namespace arc::init
