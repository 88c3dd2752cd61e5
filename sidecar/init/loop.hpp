// PID 1's loop. It waits for events, passes them to the Supervisor, and performs the actions that
// the Supervisor returns. The loop does all I/O; the Supervisor makes all decisions. Without a
// pending deadline, poll() has no timeout, so an idle PID 1 never wakes up.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "init/log.hpp"
#include "init/options.hpp"
#include "init/preflight.hpp"
#include "init/reap.hpp"
#include "init/signals.hpp"
#include "init/spawn.hpp"
#include "init/supervisor.hpp"

namespace arc::init {

class Loop {
public:
    // `signals` is a non-blocking signalfd of mask.taken. `environment` is the server's. `cleared`
    // is the answer of preflight.
    Loop(Sys& sys, Log& log, const Options& options, const SignalMask& mask, int signals,
         const Environment& environment, const Cleared& cleared);

    // Starts the server. Returns PID 1's exit code after the server and its descendants have ended.
    int run();

private:
    // A child that has not reported the result of its exec.
    struct Start {
        Launch launch;
        int report = -1;  // -1: none
    };

    bool start_server();
    void start_agent();
    void start_leave(Time within);
    void wait_for_events();
    void on_signals();
    void on_children();
    void on_server_report();
    void on_agent_report();
    [[nodiscard]] ExecReport finish(Start& start);
    [[nodiscard]] std::optional<std::uint64_t> new_oom_kills();

    // Sends every signal. Logs a signal that the kernel denies, once per process and signal.
    void send(pid_t pid, int signo, std::string_view who);
    [[nodiscard]] std::string_view name_of(pid_t pid) const;

    void perform(const Actions& actions);
    void perform(const Kill& action) { send(action.pid, action.signo, name_of(action.pid)); }
    void perform(const Say& action) { log_.say(action.level, action.text); }
    void perform(const StartAgent&) { start_agent(); }
    void perform(const StartLeave& action) { start_leave(action.within); }
    void perform(const StopDescendants& action);
    void perform(const NameDescendants& action);
    void perform(const StopSelf&) { send(sys_.getpid(), SIGSTOP, "itself"); }
    void perform(const LendTerminal& action);
    void perform(const Leave& action) { exit_code_ = action.code; }

    Sys& sys_;
    Log& log_;
    const Options& options_;
    const SignalMask& mask_;
    int signals_;
    const Environment& environment_;
    bool lends_terminal_;
    Supervisor supervisor_;
    Start server_;
    Start agent_;
    // The socket pair that keeps the agent's listening socket, so that a probe waits for the next
    // agent instead of being refused.
    std::vector<int> kept_;
    Time server_started_{};                   // CLOCK_BOOTTIME
    std::optional<std::uint64_t> oom_kills_;  // the last value of the counter
    std::optional<int> exit_code_;
    std::set<std::pair<pid_t, int>> denied_;  // pids and signals that the kernel denied
};

}  // namespace arc::init
