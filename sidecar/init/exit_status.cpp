#include "init/exit_status.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include "base/exit_codes.hpp"
#include "init/signals.hpp"

namespace arc::init {
namespace {

// A killed server cannot log the reason, so this explains the KILL by the count of the kernel.
std::string explain_kill(const std::optional<std::uint64_t>& oom_kills) {
    if (!oom_kills) {
        return "the sender is unknown (no cgroup counts out-of-memory kills)";
    }
    if (*oom_kills == 0) {
        return "not out of memory according to its cgroup, and not sent by arc-sidecar";
    }
    return fmt::format("out of memory (cgroup counts {} oom kill{})", *oom_kills,
                       *oom_kills == 1 ? "" : "s");
}

std::string describe_death(const ServerEnd& end) {
    std::string text = "was " + describe(end.ended);
    if (end.ended.signo == SIGKILL) {
        text += ": " + (end.killed ? "sent by arc-sidecar, because it did not stop"
                                   : explain_kill(end.oom_kills));
    }
    return text;
}

// "stopped on TERM (sent INT)". If another signal killed the server, it is added.
std::string describe_requested_end(const ServerEnd& end, const Forwarded& stop) {
    std::string text =
        (end.unhealthy ? "ended as unhealthy on " : "stopped on ") + signal_name(stop.received);
    if (stop.sent != stop.received) {
        text += fmt::format(" (sent {})", signal_name(stop.sent));
    }
    if (end.ended.signo != 0 && end.ended.signo != stop.sent) {
        text += " and " + describe_death(end);
    }
    return text;
}

std::string describe_unrequested_end(const ServerEnd& end) {
    std::string text = end.ended.signo == 0 ? "ended by itself" : describe_death(end);
    if (end.last) {
        text += fmt::format(" ({} after {} was forwarded)", describe(end.now - end.last->at),
                            signal_name(end.last->received));
    }
    return text;
}

}  // namespace

Ended to_ended(const siginfo_t& info) noexcept {
    if (info.si_code == CLD_EXITED) {
        return {.code = info.si_status};
    }
    return {.signo = info.si_status, .core_dumped = info.si_code == CLD_DUMPED};
}

int exit_code(const Ended& ended) noexcept {
    return ended.signo == 0 ? ended.code : kExitSignalBase + ended.signo;
}

std::string describe(const Ended& ended) {
    if (ended.signo == 0) {
        return fmt::format("exit {}", ended.code);
    }
    return fmt::format("killed by signal {} ({}){}", ended.signo, signal_name(ended.signo),
                       ended.core_dumped ? ", core dumped" : "");
}

std::string describe(Time duration) {
    const double seconds = static_cast<double>(duration.count()) / 1000;
    if (seconds < 0.1) {
        return fmt::format("{} ms", duration.count());
    }
    if (seconds < 60) {
        return fmt::format("{:.1f} s", seconds);
    }
    if (seconds < 600) {
        return fmt::format("{:.0f} s", seconds);
    }
    if (seconds < 7200) {
        return fmt::format("{:.0f} min", seconds / 60);
    }
    return seconds < 172800 ? fmt::format("{:.1f} h", seconds / 3600)
                            : fmt::format("{:.1f} d", seconds / 86400);
}

std::string describe_server_end(const ServerEnd& end) {
    const int code = exit_code(end.ended);
    if (!end.stop) {
        return fmt::format("server {}, exit {} after {}", describe_unrequested_end(end), code,
                           describe(end.now - end.started));
    }
    const Forwarded& stop = *end.stop;
    const std::string text =
        fmt::format("server {}, exit {} after {}", describe_requested_end(end, stop), code,
                    describe(end.now - stop.at));
    const ExpectedExit expected =
        end.service == nullptr ? ExpectedExit{} : end.service->expected_exit;
    return stop.sent == expected.sent && code == expected.code
               ? fmt::format("{} ({})", text, expected.why)
               : text;
}

}  // namespace arc::init
