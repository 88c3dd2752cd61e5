// The decisions of PID 1, as a state machine without I/O. Its functions take events and return
// actions.
//
//   starting  --exec succeeded--> running  --server ended--> draining
//   starting  --exec failed or server killed---------------> draining
//   draining  --no child left, or kDrainLimit passed-------> exit
//
// Rules for every state:
// - The exit code is that of the server, with one exception. It is 1 if the server was stopped
//   because it hung, and exited with 0.
// - After an ordinary request to stop, PID 1 never sends KILL. The container runtime has its own
//   time limit (10 s for Docker, longer in our compose files).
// - After a request of the agent, no runtime limits the time. Such a server has no data to lose, so
//   PID 1 sends KILL after kEndGrace.
// - The end of the agent never affects the server.
// - A member of a cluster has a stop gate: a request to stop a running server first starts
//   `arc-sidecar leave`, which waits until the other members can do without this one. The server is
//   stopped when that process ends, at a second request, or at the end of the gate's time.
#pragma once

#include <csignal>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "init/agent_policy.hpp"
#include "init/exit_status.hpp"
#include "init/log.hpp"

namespace arc::init {

// Send a signal. `pid` < 0: to the group -pid.
struct Kill {
    pid_t pid;
    int signo;
};
// Log a line.
struct Say {
    LogLevel level;
    std::string text;
};
struct StartAgent {};
// Start the stop gate, which has this time.
struct StartLeave {
    Time within;
};
// Send TERM to all processes that the server left behind, except the agent. Then send CONT, because
// a stopped process (SIGSTOP) could not react.
struct StopDescendants {
    pid_t except;
};
// If such processes exist, log `before` and their names.
struct NameDescendants {
    std::string before;
};
// Stop PID 1 itself, so that its shell gets the terminal back.
struct StopSelf {};
// Make `group` the terminal's foreground group, if PID 1's group is.
struct LendTerminal {
    pid_t group;
};
// Exit with `code`.
struct Leave {
    int code;
};
using Action = std::variant<Kill, Say, StartAgent, StartLeave, StopDescendants, NameDescendants,
                            StopSelf, LendTerminal, Leave>;
using Actions = std::vector<Action>;

class Supervisor {
public:
    struct Settings {
        const ProcessFacts* service = nullptr;
        int stop_signal = 0;
        bool agent = false;
        std::string server_name;  // for the log
        bool is_pid1 = false;
        bool lends_terminal = false;  // the server's group is the terminal's foreground group
        // The warnings of preflight, which may explain a failure. gcc requires the initializer if a
        // caller omits the member.
        std::vector<std::string> warnings = {};  // NOLINT(readability-redundant-member-init)
        // The longest time of the stop gate; nullopt: there is none.
        std::optional<Time> stop_budget = std::nullopt;
    };

    // The interval at which PID 1 repeats a TERM (ProcessFacts::repeats_term).
    static constexpr Time kRepeatTerm{2'000};
    // The time between TERM and KILL for the agent after the server has ended. It has no data.
    static constexpr Time kAgentGrace{1'000};
    // The longest wait for the server's descendants if the server ended by itself. It is Docker's
    // default time limit.
    // After a request to stop there is no limit, because a descendant may be
    // saving data (`sh -c 'redis-server; true'`). The runtime decides when to send KILL.
    static constexpr Time kDrainLimit{10'000};
    // The time after which PID 1 logs the processes that it waits for.
    static constexpr Time kNameAfter{2'000};
    // The time from the agent's request to the KILL. It equals the longest stop_grace_period of our
    // compose files.
    static constexpr Time kEndGrace{60'000};
    // A request of the agent is valid for this time. The agent repeats it with each verdict, but
    // not if the server answers again or could now lose data. PID 1 sends KILL only while a request
    // is valid, and checks again after kLookAgain.
    static constexpr Time kWantedFor{45'000};
    static constexpr Time kLookAgain{5'000};
    // The time after which the agent gets kExplain. Its verdict is ready before the next log line.
    static constexpr Time kExplainStop{5'000};
    // The time after which PID 1 logs that the server still runs. It is shortly before Docker's
    // default of 10 s, so that the log explains an exit code of 137.
    static constexpr Time kSlowStop{9'000};

    Supervisor(Settings settings, Time now) : settings_(std::move(settings)), started_(now) {}

    void server_forked(pid_t pid) { server_ = pid; }
    [[nodiscard]] Actions server_running(Time now);
    [[nodiscard]] Actions server_exec_failed(const std::string& why);
    [[nodiscard]] Actions signal_received(int signo, Time now);
    // The agent requests, or requests again, the end of an unhealthy server. It does so only if a
    // restart helps and loses no data.
    [[nodiscard]] Actions end_requested(Time now);
    // A child ended. `oom_kills`: the out-of-memory kills since the last child that a KILL ended.
    [[nodiscard]] Actions child_ended(pid_t pid, const Ended& ended,
                                      std::optional<std::uint64_t> oom_kills, Time now);
    // `signo` stopped a child that still runs.
    [[nodiscard]] Actions child_stopped(pid_t pid, int signo);
    [[nodiscard]] Actions no_child_left();
    // The kernel denied the signal of a Kill action.
    void signal_denied(pid_t pid, int signo) noexcept;
    void agent_forked(pid_t pid, Time now);
    // The agent could not be started.
    [[nodiscard]] Actions agent_failed(const std::string& why, Time now);
    void leave_forked(pid_t pid) { leave_ = pid; }
    // The stop gate could not be started.
    [[nodiscard]] Actions leave_failed(const std::string& why, Time now);
    [[nodiscard]] Actions tick(Time now);

    // The time of the next call of tick(); nullopt if no deadline is pending.
    [[nodiscard]] std::optional<Time> deadline() const;

    [[nodiscard]] pid_t server() const noexcept { return server_; }
    [[nodiscard]] pid_t agent() const noexcept { return agent_; }
    [[nodiscard]] pid_t leave() const noexcept { return leave_; }

private:
    enum class State { starting, running, draining };

    // Whether a signal requests a stop: TERM, INT and the stop signal. Not QUIT, on which a JVM
    // prints its threads.
    [[nodiscard]] bool asks_to_stop(int signo) const noexcept {
        return signo == SIGTERM || signo == SIGINT || signo == settings_.stop_signal;
    }
    [[nodiscard]] Actions server_ended(const Ended& ended, std::optional<std::uint64_t> oom_kills,
                                       Time now);
    [[nodiscard]] Actions agent_ended(const Ended& ended, Time now);
    [[nodiscard]] Actions forward(int signo, Time now);
    // Whether a request to stop goes through the gate: not while the server starts, or hangs
    // according to its agent.
    [[nodiscard]] bool has_gate() const noexcept {
        return settings_.stop_budget && state_ == State::running && !stop_;
    }
    [[nodiscard]] Actions enter_gate(const Forwarded& request, Time now);
    // The gate is over, and its request or a second one stops the server.
    [[nodiscard]] Actions leave_gate(Say line, const Forwarded& request, Time now);
    [[nodiscard]] Actions leave_ended(const Ended& ended, Time now);
    // KILL for the gate's process: it has no data, and its token has an age.
    [[nodiscard]] Actions kill_leave();
    [[nodiscard]] Actions stop_server(const Forwarded& request, Time now);
    [[nodiscard]] Say slow_stop(const Forwarded& stop, Time now) const;
    [[nodiscard]] Actions kill_server(Time now);
    [[nodiscard]] Actions apply(const AgentPolicy::Decision& decision, Time now);

    Settings settings_;
    State state_ = State::starting;
    Time started_;
    pid_t server_ = 0;  // 0 after reaping, because another process may then have this pid
    bool exec_failed_ = false;
    int exit_code_ = 0;

    std::optional<Forwarded> gated_;  // the request to stop that waits in the gate
    std::optional<Time> gate_until_;
    pid_t leave_ = 0;

    std::optional<Forwarded> stop_;  // the first request to stop
    bool stop_denied_ = false;       // the kernel denied its signal
    bool is_ended_ = false;          // it came from the agent: end_requested()
    bool is_killed_ = false;         // PID 1 sent KILL
    Time wanted_at_{};               // the time of the agent's last request
    std::optional<Time> kill_at_;
    std::optional<Forwarded> last_;  // the last other signal that may have ended the server
    std::optional<Time> explain_at_;
    std::optional<Time> slow_stop_at_;
    std::optional<Time> repeat_term_at_;

    AgentPolicy policy_;
    pid_t agent_ = 0;
    Time agent_started_{};
    std::optional<Time> agent_start_at_;
    std::optional<Time> agent_kill_at_;

    std::optional<Time> name_at_;
    std::optional<Time> leave_at_;
};

}  // namespace arc::init
