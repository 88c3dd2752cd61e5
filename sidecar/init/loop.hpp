// PID 1's loop: waits for what happens, tells the Supervisor, does what it says. All the I/O of a
// running PID 1 is here; every decision is there. Sleeps in poll() without a timeout while no
// deadline runs: no wake-ups at rest.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "init/log.hpp"
#include "init/options.hpp"
#include "init/reap.hpp"
#include "init/signals.hpp"
#include "init/spawn.hpp"
#include "init/supervisor.hpp"

namespace arc::init {

class Loop {
public:
    // `signals` is a signalfd of mask.taken, non-blocking. `environment` is what the server gets,
    // entry by entry; `warnings` is what preflight said and the server was started in spite of.
    Loop(Sys& sys, Log& log, const Options& options, const SignalMask& mask, int signals,
         const Environment& environment, const std::vector<std::string>& warnings);

    // Starts the server and returns PID 1's exit code when all is over.
    int run();

private:
    // A child whose exec is under way.
    struct Start {
        Launch launch;
        int report = -1;  // -1: none
    };

    bool start_server();
    void start_agent();
    void wait_for_events();
    void on_signals();
    void on_children();
    void on_server_report();
    void on_agent_report();
    [[nodiscard]] ExecReport finish(Start& start);
    [[nodiscard]] std::optional<std::uint64_t> new_oom_kills();

    // Every signal goes out here. One that the kernel denies is logged, once for each process and
    // signal.
    void send(pid_t pid, int signo, std::string_view who);
    [[nodiscard]] std::string_view name_of(pid_t pid) const;

    void perform(const Actions& actions);
    void perform(const Kill& action) { send(action.pid, action.signo, name_of(action.pid)); }
    void perform(const Say& action) { log_.say(action.level, action.text); }
    void perform(const StartAgent&) { start_agent(); }
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
    std::vector<int>
        // for the agent's listening socket, which so outlives it: a probe waits for the next agent
        // instead of being refused
        kept_;
    Time server_started_{};                   // CLOCK_BOOTTIME
    std::optional<std::uint64_t> oom_kills_;  // the counter when it was last read
    std::optional<int> exit_code_;
    std::set<std::pair<pid_t, int>> denied_;  // signals that the kernel did not let through
};

}  // namespace arc::init
