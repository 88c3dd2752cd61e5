// What PID 1 does about what happens: a state machine without I/O. Events come in as calls, what is
// to be done comes out as actions.
//
//   starting  --exec worked-->  running  --server ended-->  draining  --no child left, or patience
//   over-->  done
//   starting  --exec failed or killed---------------------> draining
//
// Rules that hold in every state:
// - The exit code is the server's own; only a server that was ended because it hung and left with 0
//   makes it a failure.
// - A request to stop never ends in a KILL from here. Whoever stopped the container has a clock of
//   their own (Docker: 10 s, ours in compose are
//   longer). A server that its agent wants ended has nothing to lose by one, and nobody else's
//   clock runs: it gets a KILL after kEndGrace.
// - What happens to the agent never touches the server.
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

struct Kill {
    pid_t pid;
    int signo;
};  // pid < 0: the group -pid
struct Say {
    LogLevel level;
    std::string text;
};
struct StartAgent {};
struct StopDescendants {
    pid_t except;
    // TERM to all that the server left, the agent apart, then CONT: a stopped one (SIGSTOP) could
    // not obey
};
struct NameDescendants {
    std::string before;
};  // log who they are, behind these words, if there are any
struct StopSelf {};  // the shell that started us gets its terminal back
struct LendTerminal {
    pid_t group;
};  // if the terminal is ours at the moment
struct Leave {
    int code;
};  // the end
using Action = std::variant<Kill, Say, StartAgent, StopDescendants, NameDescendants, StopSelf,
                            LendTerminal, Leave>;
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
        // What preflight said: it may explain a bad end. Without an initializer gcc lets nobody
        // leave it out.
        std::vector<std::string> warnings = {};  // NOLINT(readability-redundant-member-init)
    };

    // How often a server that can forget a TERM gets another one (ProcessFacts::repeats_term).
    static constexpr Time kRepeatTerm{2'000};
    // The agent's time between TERM and KILL once the server has ended. It holds no data.
    static constexpr Time kAgentGrace{1'000};
    // How long the processes that the server left are waited for when it ended by itself: Docker's
    // own patience. After a request to stop there is no limit: they may be saving data (`sh -c
    // 'redis-server; true'`), and whoever asked decides when to kill.
    static constexpr Time kDrainLimit{10'000};
    // When to say who is still being waited for.
    static constexpr Time kNameAfter{2'000};
    // From the agent's request to end the server to the KILL. As long as the longest
    // stop_grace_period of our compose files.
    static constexpr Time kEndGrace{60'000};
    // For so long a request counts. The KILL waits for one that still does: the agent asks again
    // with each verdict, and does not where the server answers again or has something to lose by
    // now.
    static constexpr Time kWantedFor{45'000};
    static constexpr Time kLookAgain{5'000};
    // When the agent is asked to say why the server does not stop (kExplain): it has a verdict by
    // the time that the next line is written.
    static constexpr Time kExplainStop{5'000};
    // When to say that the server has not yet obeyed: just before Docker's default of 10 s, so that
    // a 137 is explained.
    static constexpr Time kSlowStop{9'000};

    Supervisor(Settings settings, Time now) : settings_(std::move(settings)), started_(now) {}

    void server_forked(pid_t pid) { server_ = pid; }
    [[nodiscard]] Actions server_running(Time now);
    [[nodiscard]] Actions server_exec_failed(const std::string& why);
    [[nodiscard]] Actions signal_received(int signo, Time now);
    // The agent asks, or asks again, for the end of a server that is unhealthy, that a restart
    // would help, and that has nothing to lose by it.
    [[nodiscard]] Actions end_requested(Time now);
    // A child ended. `oom_kills`: how often the kernel killed here for want of memory since the
    // last child that a KILL ended.
    [[nodiscard]] Actions child_ended(pid_t pid, const Ended& ended,
                                      std::optional<std::uint64_t> oom_kills, Time now);
    [[nodiscard]] Actions child_stopped(pid_t pid, int signo);
    [[nodiscard]] Actions no_child_left();
    // The kernel did not let a signal through that was asked for by an action.
    void signal_denied(pid_t pid, int signo) noexcept;
    void agent_forked(pid_t pid, Time now);
    // neither forked nor running
    [[nodiscard]] Actions agent_failed(const std::string& why, Time now);
    [[nodiscard]] Actions tick(Time now);

    // When tick() wants to be called next; nothing while PID 1 may sleep until something happens.
    [[nodiscard]] std::optional<Time> deadline() const;

    [[nodiscard]] pid_t server() const noexcept { return server_; }
    [[nodiscard]] pid_t agent() const noexcept { return agent_; }

private:
    enum class State { starting, running, draining };

    // True for a signal by which somebody asks for the end: TERM, INT and what TERM becomes. Not
    // QUIT: a JVM answers it with its threads.
    [[nodiscard]] bool asks_to_stop(int signo) const noexcept {
        return signo == SIGTERM || signo == SIGINT || signo == settings_.stop_signal;
    }
    [[nodiscard]] Actions server_ended(const Ended& ended, std::optional<std::uint64_t> oom_kills,
                                       Time now);
    [[nodiscard]] Actions agent_ended(const Ended& ended, Time now);
    [[nodiscard]] Actions pass_on(int signo, Time now);
    [[nodiscard]] Actions stop_server(const PassedOn& request, Time now);
    [[nodiscard]] Say slow_stop(Time now) const;
    [[nodiscard]] Actions kill_server(Time now);
    [[nodiscard]] Actions apply(const AgentPolicy::Decision& decision, Time now);

    Settings settings_;
    State state_ = State::starting;
    Time started_;
    pid_t server_ = 0;  // 0 once it is reaped: the number may belong to another process then
    bool exec_failed_ = false;
    int exit_code_ = 0;

    std::optional<PassedOn> stop_;  // the first request
    bool stop_denied_ = false;      // and it could not be passed on
    bool is_ended_ = false;         // it was the agent's: end_requested()
    bool is_killed_ = false;        // and a KILL followed
    Time wanted_at_{};              // when it was asked last
    std::optional<Time> kill_at_;
    std::optional<PassedOn> last_;  // the last other signal that may have ended the server
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
