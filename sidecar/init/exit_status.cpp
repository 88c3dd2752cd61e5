#include "init/exit_status.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include "base/exit_codes.hpp"
#include "init/signals.hpp"

namespace arc::init {
namespace {

// A KILL has no sender in the log of the server that it ended: say what the kernel knows of it.
std::string explain_kill(const std::optional<std::uint64_t>& oom_kills) {
    if (!oom_kills) {
        return "by whom is not known here (no cgroup counts the kills for want of memory)";
    }
    if (*oom_kills == 0) {
        return "not for want of memory, as far as its cgroup says, and not by arc-sidecar";
    }
    return fmt::format("out of memory (cgroup says {} oom kill{})", *oom_kills,
                       *oom_kills == 1 ? "" : "s");
}

std::string describe_death(const ServerEnd& end) {
    std::string text = "was " + describe(end.ended);
    if (end.ended.signo == SIGKILL) {
        text += ": " +
                (end.killed ? "by arc-sidecar, since it did not end" : explain_kill(end.oom_kills));
    }
    return text;
}

// "stopped on TERM (sent INT)", with the signal that it died of when that is another one than it
// was sent.
std::string describe_obedience(const ServerEnd& end, const PassedOn& stop) {
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

std::string describe_own_will(const ServerEnd& end) {
    std::string text = end.ended.signo == 0 ? "ended by itself" : describe_death(end);
    if (end.last) {
        text += fmt::format(" ({} was passed on {} before)", signal_name(end.last->received),
                            describe(end.now - end.last->at));
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
        return fmt::format("server {}, exit {} after {}", describe_own_will(end), code,
                           describe(end.now - end.started));
    }
    const PassedOn& stop = *end.stop;
    const std::string text =
        fmt::format("server {}, exit {} after {}", describe_obedience(end, stop), code,
                    describe(end.now - stop.at));
    const ExpectedExit expected =
        end.service == nullptr ? ExpectedExit{} : end.service->expected_exit;
    return stop.sent == expected.sent && code == expected.code
               ? fmt::format("{} ({})", text, expected.why)
               : text;
}

}  // namespace arc::init
