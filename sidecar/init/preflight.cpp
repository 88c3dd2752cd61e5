#include "init/preflight.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>

#include "base/exit_codes.hpp"
#include "init/agent_process.hpp"
#include "init/exit_status.hpp"
#include "init/reap.hpp"
#include "init/send.hpp"
#include "init/spawn.hpp"
#include "preflight/report.hpp"

namespace arc::init {
namespace {

constexpr std::size_t kOutputLimit = 65'536;

struct Answer {
    std::string output;
    std::optional<int> stop;  // the signal, if a request to stop came first
    bool complete = false;    // preflight closed its output or exited
};

// Reads the pipe without blocking. True at its end.
bool drain(Sys& sys, int pipe, std::string& output) {
    std::array<char, 4096> block;
    ssize_t got = 0;
    while ((got = sys.read(pipe, block.data(), block.size())) > 0 && output.size() < kOutputLimit) {
        output.append(block.data(), static_cast<size_t>(got));
    }
    return got == 0 || output.size() >= kOutputLimit;
}

// The first pending signal that requests a stop.
std::optional<int> read_stop(Sys& sys, const Options& options, int signals) {
    const std::vector<int> pending = read_signals(sys, signals);
    const auto stop = std::ranges::find_if(
        pending, [&](int signo) { return ends_without_server(signo, options.stop_signal); });
    return stop == pending.end() ? std::nullopt : std::optional{*stop};
}

Answer listen(Sys& sys, const Options& options, int signals, int pipe) {
    Answer answer;
    const Time deadline = sys.now() + kPreflightLimit;
    while (!answer.complete && !answer.stop && sys.now() < deadline) {
        std::array<pollfd, 2> fds{{{.fd = signals, .events = POLLIN, .revents = 0},
                                   {.fd = pipe, .events = POLLIN, .revents = 0}}};
        sys.poll(fds.data(), fds.size(), static_cast<int>((deadline - sys.now()).count()));
        answer.stop = read_stop(sys, options, signals);
        answer.complete = drain(sys, pipe, answer.output);
    }
    return answer;
}

// Waits for one child. Also reaps other children that end meanwhile.
Ended wait_for(Sys& sys, pid_t pid) {
    siginfo_t info{};
    while (sys.wait_any(&info, WEXITED) == 0 || errno == EINTR) {
        if (info.si_pid == pid) {
            return info.si_code == CLD_EXITED ? Ended{.code = info.si_status, .signo = 0}
                                              : Ended{.code = 0, .signo = info.si_status};
        }
    }
    return {};
}

Launch preflight_launch(const Options& options, const Environment& environment,
                        const SignalMask& mask, int output) {
    Launch launch = agent_launch(options, environment, mask.original);
    launch.argv = {
        "arc-sidecar", "preflight", "--locks", "--service", std::string{options.service->name},
        "--"};
    launch.argv.insert(launch.argv.end(), options.command.begin(), options.command.end());
    launch.output = output;
    return launch;
}

enum class Locked { yes, elsewhere, unsupported };

// Takes a lock and leaves its descriptor open, because closing it would release the lock. If locks
// are not supported, errno has the reason.
Locked take(Sys& sys, const preflight::Lock& lock) {
    const int fd =
        sys.open(lock.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    struct flock range{};
    range.l_whence = SEEK_SET;
    range.l_start = lock.first;
    range.l_len = lock.length;
    // A directory accepts only read locks. So this takes one and tests for a lock of another
    // process.
    range.l_type = F_RDLCK;
    bool taken = fd >= 0 && sys.lock(fd, F_OFD_SETLK, &range) == 0;
    range.l_type = F_WRLCK;
    taken = taken && sys.lock(fd, F_OFD_GETLK, &range) == 0;
    if (taken && range.l_type == F_UNLCK) {
        return Locked::yes;
    }
    const int error = errno;
    if (fd >= 0) {
        sys.close(fd);
    }
    errno = error;
    return taken ? Locked::elsewhere : Locked::unsupported;
}

std::string describe_conflict(const std::string& store) {
    return fmt::format(
        "{}: another server uses this directory (its arc-sidecar holds the lock). Stop that "
        "server, or give each server its own directory",
        store);
}

// Takes the locks of each store. A lock on one directory is enough. A file system without locks is
// a warning.
void take_all(Sys& sys, preflight::Report& report) {
    std::map<std::string, std::vector<Locked>> stores;
    std::string why;
    for (const preflight::Lock& lock : report.locks) {
        stores[lock.store].push_back(take(sys, lock));
        if (stores[lock.store].back() == Locked::unsupported) {
            why = ::strerrordesc_np(errno);
        }
    }
    for (const auto& [store, results] : stores) {
        if (std::ranges::contains(results, Locked::elsewhere)) {
            report.refusals.push_back(describe_conflict(store));
        } else if (!std::ranges::contains(results, Locked::yes)) {
            report.warnings.push_back(fmt::format(
                "{}: cannot be locked ({}), so a second server on it would not be detected", store,
                why));
        }
    }
}

std::variant<Cleared, Refused> judge(Sys& sys, Log& log, const Options& options,
                                     preflight::Report report) {
    take_all(sys, report);
    const bool refuses = options.preflight == PreflightMode::refuse;
    for (const std::string& reason : report.refusals) {
        log.say(refuses ? LogLevel::error : LogLevel::warning, "preflight: " + reason);
    }
    for (const std::string& warning : report.warnings) {
        log.say(LogLevel::warning, "preflight: " + warning);
    }
    if (refuses && !report.refusals.empty()) {
        log.say(LogLevel::error,
                "preflight: the server was not started, exit 78. ARC_PREFLIGHT=warn starts it "
                "anyway");
        return Refused{kExitConfig};
    }
    report.refusals.insert(report.refusals.end(), report.warnings.begin(), report.warnings.end());
    const auto budget =
        report.stop_budget ? std::optional{Time{*report.stop_budget}} : std::nullopt;
    if (!report.arguments.empty()) {
        log.say(LogLevel::info, fmt::format("preflight: adds to the server's command: {}",
                                            fmt::join(report.arguments, " ")));
    }
    return Cleared{std::move(report.refusals), budget, std::move(report.arguments)};
}

// Exits with 128 + the signal, as if it had ended the server.
Refused leave_before_start(Log& log, int signo) {
    const int code = kExitSignalBase + signo;
    log.say(LogLevel::info, fmt::format("stopped on {} before the server was started, exit {}",
                                        signal_name(signo), code));
    return {code};
}

std::optional<Refused> stop_request(Sys& sys, Log& log, const Options& options, int signals) {
    const auto stop = read_stop(sys, options, signals);
    return stop ? std::optional{leave_before_start(log, *stop)} : std::nullopt;
}

struct Said {
    preflight::Report report;
    bool hung = false;  // PID 1 killed it after kPreflightLimit
};

// Runs preflight and returns its answer, which is empty if preflight failed. Logs the reason.
std::variant<Said, Refused> ask(Sys& sys, Log& log, const Options& options, const SignalMask& mask,
                                int signals, const Environment& environment) {
    std::array<int, 2> ends{-1, -1};
    const bool piped = sys.pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0;
    Launch launch = preflight_launch(options, environment, mask, ends[1]);
    const auto child = piped ? spawn(sys, launch) : std::unexpected(errno);
    if (!child) {
        log.say(LogLevel::warning,
                fmt::format("preflight: cannot start: {}", ::strerrordesc_np(child.error())));
        return Said{};
    }
    sys.close(ends[1]);
    const Answer answer = listen(sys, options, signals, ends[0]);
    if (!answer.complete) {
        if (const auto unsent = send_signal(sys, child->pid, SIGKILL, "preflight")) {
            log.say(LogLevel::error, *unsent);
        }
    }
    const Ended end = wait_for(sys, child->pid);
    sys.close(ends[0]);
    sys.close(child->report);
    if (answer.stop) {
        return leave_before_start(log, *answer.stop);
    }
    preflight::Report report = preflight::from_lines(answer.output);
    if (report.log_format && !options.log_format) {
        log.set_format(*report.log_format);
    }
    if (end.signo != 0 || (end.code != kExitOk && end.code != kExitConfig)) {
        log.say(LogLevel::warning,
                fmt::format("preflight: {}{}; {}", describe(end),
                            answer.complete ? ""
                                            : fmt::format(" after {} without a complete answer",
                                                          describe(kPreflightLimit)),
                            report.locks_named ? "the server starts without the rest of its answer"
                                               : "it named no locks"));
    }
    return Said{std::move(report), !answer.complete};
}

// Runs preflight a second time if it died before it named its locks. Without the locks PID 1 must
// not start the server, because another server on the store would lose its data. A preflight that
// hung is not repeated, because it would hang again.
std::variant<preflight::Report, Refused> ask_twice(Sys& sys, Log& log, const Options& options,
                                                   const SignalMask& mask, int signals,
                                                   const Environment& environment) {
    auto answer = ask(sys, log, options, mask, signals, environment);
    const Said* said = std::get_if<Said>(&answer);
    if (said != nullptr && !said->report.locks_named && !said->hung) {
        answer = ask(sys, log, options, mask, signals, environment);
        said = std::get_if<Said>(&answer);
    }
    if (said == nullptr) {
        return std::get<Refused>(answer);
    }
    preflight::Report report = said->report;
    if (!report.locks_named) {
        report.refusals.emplace_back(
            "the store could not be locked, because preflight did not name its locks. A second "
            "server on the store would not be detected");
    }
    return report;
}

}  // namespace

std::variant<Cleared, Refused> preflight(Sys& sys, Log& log, const Options& options,
                                         const SignalMask& mask, int signals,
                                         const Environment& environment) {
    // Here and after preflight, which may take seconds.
    if (const auto stopped = stop_request(sys, log, options, signals)) {
        return *stopped;
    }
    preflight::Report report;
    if (options.service != nullptr && options.preflight != PreflightMode::off) {
        auto answer = ask_twice(sys, log, options, mask, signals, environment);
        if (const auto* refused = std::get_if<Refused>(&answer)) {
            return *refused;
        }
        report = std::get<preflight::Report>(std::move(answer));
    }
    if (const auto stopped = stop_request(sys, log, options, signals)) {
        return *stopped;
    }
    return judge(sys, log, options, std::move(report));
}

}  // namespace arc::init
