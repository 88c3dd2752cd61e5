#include "init/loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/exit_codes.hpp"
#include "init/agent_process.hpp"
#include "init/descendants.hpp"
#include "init/end_request.hpp"
#include "init/oom.hpp"
#include "init/send.hpp"

namespace arc::init {
namespace {

// Whether PID 1 may lend the terminal on 0 to the server: its own group is the foreground group.
bool holds_terminal(Sys& sys) {
    return sys.tcgetpgrp(0) == sys.getpgrp();
}

Supervisor::Settings settings_of(Sys& sys, const Options& options, bool lends_terminal,
                                 const Cleared& cleared) {
    return {.service = options.service,
            .stop_signal = options.stop_signal,
            .agent = options.wants_agent(),
            .server_name = options.command.front(),
            .is_pid1 = sys.getpid() == 1,
            .lends_terminal = lends_terminal,
            .warnings = cleared.warnings,
            .stop_budget = cleared.stop_budget};
}

}  // namespace

Loop::Loop(Sys& sys, Log& log, const Options& options, const SignalMask& mask, int signals,
           const Environment& environment, const Cleared& cleared)
    : sys_(sys),
      log_(log),
      options_(options),
      mask_(mask),
      signals_(signals),
      environment_(environment),
      lends_terminal_(holds_terminal(sys)),
      supervisor_(settings_of(sys, options, lends_terminal_, cleared), sys.now()) {}

int Loop::run() {
    if (!start_server()) {
        return kExitNotExecutable;
    }
    // From here on, PID 1 must not exit before the server. It logs errors and continues.
    oom_kills_ = read_oom_kills(sys_);
    while (!exit_code_) {
        wait_for_events();
        // The order matters. Signals come first, because after reaping, a pid may belong to another
        // process. Ends come before reports, because a report at the end of a child is ambiguous.
        on_signals();
        on_children();
        on_server_report();
        on_agent_report();
        perform(supervisor_.tick(sys_.now()));
    }
    if (lends_terminal_) {
        // The next command of a script may read from the terminal, so take it back.
        sys_.tcsetpgrp(0, sys_.getpgrp());
    }
    return *exit_code_;
}

bool Loop::start_server() {
    Launch& launch = server_.launch;
    launch.candidates =
        candidates_for(options_.command.front(), find_variable(environment_, "PATH"));
    launch.argv = options_.command;
    launch.env = environment_;
    launch.mask = mask_.original;
    launch.take_terminal = lends_terminal_;
    const auto child = spawn(sys_, launch);
    if (!child) {
        log_.say(LogLevel::error,
                 fmt::format("run: cannot start a process: {}. Check the limit of processes (pids)",
                             ::strerrordesc_np(child.error())));
        return false;
    }
    server_.report = child->report;
    supervisor_.server_forked(child->pid);
    return true;
}

void Loop::start_agent() {
    std::array<int, 2> ends{-1, -1};
    if (kept_.empty() && sys_.socketpair(ends.data()) == 0) {
        kept_.assign(ends.begin(), ends.end());
    }
    agent_.launch = agent_launch(options_,
                                 agent_environment(environment_, supervisor_.server(),
                                                   server_started_, options_.log_format, kept_),
                                 mask_.original);
    agent_.launch.inherited = kept_;
    const auto child = spawn(sys_, agent_.launch);
    if (!child) {
        perform(supervisor_.agent_failed(::strerrordesc_np(child.error()), sys_.now()));
        return;
    }
    if (agent_.report >= 0) {
        sys_.close(agent_.report);
    }
    agent_.report = child->report;
    supervisor_.agent_forked(child->pid, sys_.now());
}

void Loop::start_leave(Time within) {
    Launch launch = leave_launch(
        options_,
        agent_environment(environment_, supervisor_.server(), server_started_, options_.log_format),
        mask_.original, within);
    const auto child = spawn(sys_, launch);
    if (!child) {
        perform(supervisor_.leave_failed(::strerrordesc_np(child.error()), sys_.now()));
        return;
    }
    sys_.close(child->report);  // a failed exec is an exit status
    supervisor_.leave_forked(child->pid);
}

void Loop::wait_for_events() {
    // poll() ignores negative descriptors.
    std::array<pollfd, 3> fds{{{.fd = signals_, .events = POLLIN, .revents = 0},
                               {.fd = server_.report, .events = POLLIN, .revents = 0},
                               {.fd = agent_.report, .events = POLLIN, .revents = 0}}};
    int timeout = -1;
    if (const auto deadline = supervisor_.deadline()) {
        timeout = static_cast<int>(
            std::clamp<std::int64_t>((*deadline - sys_.now()).count(), 0, INT_MAX));
    }
    sys_.poll(fds.data(), fds.size(), timeout);
}

void Loop::on_signals() {
    for (const Received& signal : receive_signals(sys_, signals_)) {
        const bool end = is_end_request(signal, supervisor_.agent());
        perform(end ? supervisor_.end_requested(sys_.now())
                    : supervisor_.signal_received(signal.signo, sys_.now()));
    }
}

void Loop::on_children() {
    const Reaped reaped = reap(sys_);
    for (const Reaped::Child& child : reaped.children) {
        if (child.stopped_by != 0) {
            perform(supervisor_.child_stopped(child.pid, child.stopped_by));
            continue;
        }
        const auto kills = child.ended.signo == SIGKILL ? new_oom_kills() : std::nullopt;
        if (child.pid == supervisor_.server()) {
            on_server_report();  // a failed exec explains the end
        }
        perform(supervisor_.child_ended(child.pid, child.ended, kills, sys_.now()));
    }
    if (reaped.none_left) {
        perform(supervisor_.no_child_left());
    }
}

ExecReport Loop::finish(Start& start) {
    const ExecReport report = start.report < 0 ? ExecReport{} : read_report(sys_, start.report);
    if (report.state != ExecReport::State::pending) {
        sys_.close(start.report);
        start.report = -1;
    }
    return report;
}

void Loop::on_server_report() {
    const ExecReport report = finish(server_);
    if (report.state == ExecReport::State::failed) {
        perform(supervisor_.server_exec_failed(
            explain_exec_failure(sys_, server_.launch, report.failure)));
    } else if (report.state == ExecReport::State::running) {
        server_started_ = sys_.since_boot();
        perform(supervisor_.server_running(sys_.now()));
    }
}

void Loop::on_agent_report() {
    const ExecReport report = finish(agent_);
    // The exit status follows and causes the next attempt.
    if (report.state == ExecReport::State::failed) {
        log_.say(LogLevel::warning, "agent: cannot start: " +
                                        explain_exec_failure(sys_, agent_.launch, report.failure));
    }
}

std::optional<std::uint64_t> Loop::new_oom_kills() {
    const auto count = read_oom_kills(sys_);
    const auto before = std::exchange(oom_kills_, count);
    return count ? std::optional{*count - std::min(*count, before.value_or(0))} : std::nullopt;
}

std::string_view Loop::name_of(pid_t pid) const {
    const pid_t one = std::abs(pid);
    return one == supervisor_.server()  ? "the server"
           : one == supervisor_.agent() ? "the agent"
           : one == supervisor_.leave() ? "the stop gate"
                                        : "a process";
}

void Loop::send(pid_t pid, int signo, std::string_view who) {
    const auto unsent = send_signal(sys_, pid, signo, who);
    if (!unsent) {
        return;
    }
    if (denied_.emplace(pid, signo).second) {
        log_.say(LogLevel::error, *unsent);
    }
    supervisor_.signal_denied(pid, signo);
}

void Loop::perform(const Actions& actions) {
    for (const Action& action : actions) {
        std::visit([this](const auto& one) { perform(one); }, action);
    }
}

void Loop::perform(const StopDescendants& action) {
    for (const Process& process :
         descendants_of(read_processes(sys_), sys_.getpid(), action.except)) {
        send(process.pid, SIGTERM, process.name);
        send(process.pid, SIGCONT, process.name);
    }
}

void Loop::perform(const NameDescendants& action) {
    const auto left = descendants_of(read_processes(sys_), sys_.getpid(), supervisor_.agent());
    if (!left.empty()) {
        log_.say(LogLevel::warning, fmt::format("{}: {}", action.before, list_names(left)));
    }
}

void Loop::perform(const LendTerminal& action) {
    if (holds_terminal(sys_)) {  // true after `fg`; after `bg` the shell has it
        sys_.tcsetpgrp(0, action.group);
    }
}

}  // namespace arc::init
