#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "init/supervisor.hpp"
#include "nats/process.hpp"
#include "redis/process.hpp"

using namespace arc::init;
using namespace std::chrono_literals;

namespace {

constexpr pid_t kServer = 7;
constexpr pid_t kAgent = 9;
constexpr Time kStart{1'000'000};

Supervisor::Settings nats() {
    return {.service = &arc::nats::kProcess,
            .stop_signal = SIGINT,
            .agent = true,
            .server_name = "nats-server"};
}

// The actions as text, so that a test can compare all of them at once. A log line is "say" and its
// text.
std::string words(const Action& action) {
    struct Visitor {
        std::string operator()(const Kill& kill) const {
            return "kill " + std::to_string(kill.pid) + " " + std::to_string(kill.signo);
        }
        std::string operator()(const Say& say) const { return "say " + say.text; }
        std::string operator()(const StartAgent&) const { return "start agent"; }
        std::string operator()(const StartLeave& leave) const {
            return "start leave " + std::to_string(leave.within.count());
        }
        std::string operator()(const StopDescendants& stop) const {
            return "stop descendants but " + std::to_string(stop.except);
        }
        std::string operator()(const NameDescendants& name) const { return "name " + name.before; }
        std::string operator()(const StopSelf&) const { return "stop self"; }
        std::string operator()(const LendTerminal& lend) const {
            return "lend terminal to " + std::to_string(lend.group);
        }
        std::string operator()(const Leave& leave) const {
            return "leave " + std::to_string(leave.code);
        }
    };
    return std::visit(Visitor{}, action);
}

using Words = std::vector<std::string>;
Words words(const Actions& actions) {
    Words result;
    for (const Action& action : actions) {
        result.push_back(words(action));
    }
    return result;
}
// Without the log lines.
Words deeds(const Actions& actions) {
    Words result = words(actions);
    std::erase_if(result, [](const std::string& word) { return word.starts_with("say "); });
    return result;
}

// A supervisor with a running server, and a running agent if the settings have one.
Supervisor running(Supervisor::Settings settings = nats()) {
    const bool agent = settings.agent;
    Supervisor supervisor{std::move(settings), kStart};
    supervisor.server_forked(kServer);
    (void)supervisor.server_running(kStart);
    if (agent) {
        CHECK(deeds(supervisor.tick(kStart)) == Words{"start agent"});
        supervisor.agent_forked(kAgent, kStart);
    }
    return supervisor;
}

Supervisor without_agent() {
    auto settings = nats();
    settings.agent = false;
    return running(settings);
}

}  // namespace

TEST_CASE("supervisor: logs the start, then starts the agent") {
    Supervisor supervisor{nats(), kStart};
    supervisor.server_forked(kServer);
    CHECK_FALSE(supervisor.deadline());
    CHECK(words(supervisor.server_running(kStart)) ==
          Words{"say started nats-server (pid 7, nats, TERM reaches it as INT)"});
    CHECK(supervisor.deadline() == kStart);
    CHECK(words(supervisor.tick(kStart)) == Words{"start agent"});
    CHECK_FALSE(supervisor.deadline());
}

TEST_CASE("supervisor: has no deadline when idle") {
    CHECK_FALSE(running().deadline());
    CHECK_FALSE(without_agent().deadline());
}

TEST_CASE("supervisor: forwards signals, TERM as the stop signal, also while the server starts") {
    Supervisor starting{nats(), kStart};
    starting.server_forked(kServer);
    CHECK(deeds(starting.signal_received(SIGTERM, kStart)) == Words{"kill 7 2", "kill 7 18"});
    Supervisor supervisor = running();
    for (const int signo : {SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT}) {
        CHECK(words(supervisor.signal_received(signo, kStart)) ==
              Words{"kill 7 " + std::to_string(signo)});
    }
    for (const int signo : {SIGCHLD, SIGPIPE, SIGTTOU}) {
        CHECK(supervisor.signal_received(signo, kStart).empty());
    }
}

TEST_CASE("supervisor: forwards a second TERM and never sends KILL") {
    Supervisor supervisor = without_agent();
    Words all;
    for (Time now = kStart; now < kStart + 10min; now += 1s) {
        for (const Actions& actions :
             {supervisor.signal_received(SIGTERM, now), supervisor.tick(now)}) {
            const Words done = deeds(actions);
            all.insert(all.end(), done.begin(), done.end());
        }
    }
    CHECK(std::ranges::count(all, "kill 7 2") == 600);
    CHECK(std::ranges::count(all, "kill 7 18") == 600);  // a stopped server could not obey
    CHECK(all.size() == 1200);
}

TEST_CASE("supervisor: QUIT is no request to stop, because a JVM prints its threads on it") {
    Supervisor supervisor = without_agent();
    CHECK(words(supervisor.signal_received(SIGQUIT, kStart)) == Words{"kill 7 3"});
    CHECK_FALSE(supervisor.deadline());
    const Actions end = supervisor.child_ended(kServer, {.code = 2}, {}, kStart + 1s);
    CHECK(words(end).front() ==
          "say server ended by itself (1.0 s after QUIT was forwarded), exit 2 after 1.0 s");
}

TEST_CASE("supervisor: the stop signal is a request to stop, too") {
    auto settings = nats();
    settings.stop_signal = SIGUSR2;
    settings.agent = false;
    Supervisor supervisor = running(settings);
    (void)supervisor.signal_received(SIGUSR2, kStart);
    CHECK(supervisor.deadline() == kStart + 5s);
    CHECK(words(supervisor.child_ended(kServer, {.code = 0}, {}, kStart + 5s)).front() ==
          "say server stopped on USR2, exit 0 after 5.0 s");
}

TEST_CASE("supervisor: logs a slow stop once, before Docker's time limit") {
    Supervisor supervisor = without_agent();
    (void)supervisor.signal_received(SIGTERM, kStart + 5s);
    CHECK(supervisor.deadline() == kStart + 10s);
    CHECK(supervisor.tick(kStart + 10s).empty());  // there is no agent to explain it
    CHECK(supervisor.deadline() == kStart + 14s);
    CHECK(
        words(supervisor.tick(kStart + 14s)) ==
        Words{
            "say server still runs 9.0 s after TERM. arc-sidecar waits for it and sends no KILL"});
    CHECK_FALSE(supervisor.deadline());
}

TEST_CASE("supervisor: on the agent's request it sends TERM, then KILL, and exits with a failure") {
    Supervisor supervisor = running();
    CHECK(words(supervisor.end_requested(kStart)) == Words{"kill 7 2", "kill 7 18"});
    CHECK(supervisor.end_requested(kStart + 30s).empty());  // the agent asks again while it holds
    CHECK(deeds(supervisor.tick(kStart + 5s)) == Words{"kill 9 10"});
    CHECK(words(supervisor.tick(kStart + 9s)) ==
          Words{"say server still runs 9.0 s after TERM. arc-sidecar sends KILL in 51.0 s"});
    CHECK(supervisor.deadline() == kStart + 60s);
    CHECK(supervisor.tick(kStart + 60s - 1ms).empty());
    CHECK(words(supervisor.tick(kStart + 60s)) ==
          Words{"say server did not stop within 60 s. arc-sidecar sends KILL, which loses no data",
                "kill 7 9"});
    CHECK(words(supervisor.child_ended(kServer, {.signo = SIGKILL}, {}, kStart + 60s)).front() ==
          "say server ended as unhealthy on TERM (sent INT) and was killed by signal 9 (KILL): "
          "sent by "
          "arc-sidecar, because it did not stop, exit 137 after 60 s");
    CHECK(words(supervisor.no_child_left()) == Words{"leave 137"});
}

TEST_CASE("supervisor: no KILL after the last request of the agent has expired") {
    Supervisor supervisor = without_agent();
    (void)supervisor.end_requested(kStart);
    // The server answers again, or could now lose data.
    CHECK(deeds(supervisor.tick(kStart + 60s)).empty());
    CHECK(supervisor.deadline() == kStart + 65s);
    CHECK(deeds(supervisor.tick(kStart + 65s)).empty());
    (void)supervisor.end_requested(kStart + 66s);
    CHECK(deeds(supervisor.tick(kStart + 70s)) == Words{"kill 7 9"});
    CHECK_FALSE(supervisor.deadline());
}

TEST_CASE("supervisor: an unhealthy server that stops gives its own exit code, but never 0") {
    for (const int code : {0, 1, 3, 143}) {
        Supervisor supervisor = running();
        (void)supervisor.end_requested(kStart);
        CHECK(words(supervisor.child_ended(kServer, {.code = code}, {}, kStart + 1s)).front() ==
              "say server ended as unhealthy on TERM (sent INT), exit " + std::to_string(code) +
                  " after 1.0 s");
        CHECK(supervisor.deadline() == kStart + 2s);
        (void)supervisor.tick(kStart + 10s);
        // The wait for descendants is limited, because no runtime limits it.
        CHECK(deeds(supervisor.tick(kStart + 60s)) ==
              Words{"name no longer waiting for processes that the server left behind",
                    "leave " + std::to_string(code == 0 ? 1 : code)});
    }
}

TEST_CASE(
    "supervisor: no KILL after an ordinary request to stop, even if the agent requests the end") {
    Supervisor supervisor = running();
    (void)supervisor.signal_received(SIGTERM, kStart);
    CHECK(supervisor.end_requested(kStart + 1s).empty());
    CHECK(deeds(supervisor.tick(kStart + 10min)) == Words{"kill 9 10"});
    (void)supervisor.child_ended(kServer, {.code = 0}, {}, kStart + 11min);
    CHECK(words(supervisor.no_child_left()) == Words{"leave 0"});
    Supervisor later = without_agent();
    (void)later.end_requested(kStart);
    CHECK(deeds(later.signal_received(SIGTERM, kStart + 1s)) == Words{"kill 7 2", "kill 7 18"});
    CHECK(later.end_requested(kStart + 2s).empty());
    CHECK(deeds(later.tick(kStart + 10min)).empty());
    CHECK(words(later.child_ended(kServer, {.code = 0}, {}, kStart + 11min)).front() ==
          "say server stopped on TERM (sent INT), exit 0 after 11 min");
    CHECK(words(later.no_child_left()) == Words{"leave 0"});
    Supervisor starting{nats(), kStart};
    starting.server_forked(kServer);
    CHECK(starting.end_requested(kStart).empty());
}

TEST_CASE("supervisor: asks the agent once why a server does not stop") {
    Supervisor supervisor = running();
    (void)supervisor.signal_received(SIGTERM, kStart);
    (void)supervisor.signal_received(SIGTERM, kStart + 1s);
    CHECK(supervisor.tick(kStart + 5s - 1ms).empty());
    CHECK(deeds(supervisor.tick(kStart + 5s)) == Words{"kill 9 " + std::to_string(SIGUSR1)});
    CHECK(deeds(supervisor.tick(kStart + 8s)).empty());
    Supervisor quick = running();
    (void)quick.signal_received(SIGTERM, kStart);
    (void)quick.child_ended(kServer, {.code = 0}, {}, kStart + 1s);
    CHECK(deeds(quick.tick(kStart + 5s)) ==
          Words{"kill 9 9", "name waiting for processes that the server left behind"});
}

TEST_CASE("supervisor: the exit code is that of the server") {
    for (int code = 0; code < 256; ++code) {
        Supervisor supervisor = without_agent();
        (void)supervisor.child_ended(kServer, {.code = code}, {}, kStart);
        CHECK(words(supervisor.no_child_left()) == Words{"leave " + std::to_string(code)});
    }
    Supervisor supervisor = without_agent();
    (void)supervisor.child_ended(kServer, {.signo = SIGSEGV}, {}, kStart);
    CHECK(words(supervisor.no_child_left()) == Words{"leave 139"});
}

TEST_CASE("supervisor: after the server's end the agent gets TERM, and KILL after a second") {
    Supervisor supervisor = running();
    CHECK(deeds(supervisor.child_ended(kServer, {.code = 3}, {}, kStart)) ==
          Words{"kill 9 15", "stop descendants but 9"});
    CHECK(supervisor.deadline() == kStart + 1s);
    CHECK(words(supervisor.tick(kStart + 1s)) == Words{"kill 9 9"});
    CHECK(supervisor.child_ended(kAgent, {.signo = SIGKILL}, {}, kStart + 1s).empty());
    CHECK(words(supervisor.no_child_left()) == Words{"leave 3"});
}

TEST_CASE("supervisor: waits 10 s for descendants of a crashed server, and logs them") {
    Supervisor supervisor = without_agent();
    (void)supervisor.child_ended(kServer, {.code = 3}, {}, kStart);
    CHECK(supervisor.deadline() == kStart + 2s);
    CHECK(words(supervisor.tick(kStart + 2s)) ==
          Words{"name waiting for processes that the server left behind"});
    CHECK(supervisor.deadline() == kStart + 10s);
    CHECK(words(supervisor.tick(kStart + 10s)) ==
          Words{"name no longer waiting for processes that the server left behind", "leave 3"});
}

TEST_CASE("supervisor: after a stop it waits for descendants without limit, and repeats TERM") {
    Supervisor supervisor = without_agent();
    (void)supervisor.signal_received(SIGTERM, kStart);
    (void)supervisor.child_ended(kServer, {.signo = SIGINT}, {}, kStart);
    (void)supervisor.tick(kStart + 2s);
    CHECK_FALSE(supervisor.deadline());
    CHECK(supervisor.tick(kStart + 10min).empty());
    for (const int signo : {SIGTERM, SIGINT, SIGQUIT}) {
        CHECK(words(supervisor.signal_received(signo, kStart)) == Words{"stop descendants but 0"});
    }
    CHECK(supervisor.signal_received(SIGHUP, kStart).empty());
    CHECK(words(supervisor.no_child_left()) == Words{"leave 130"});
}

TEST_CASE("supervisor: the end of the agent only leads to its restart") {
    Supervisor supervisor = running();
    CHECK(deeds(supervisor.child_ended(kAgent, {.signo = SIGKILL}, {}, kStart + 5s)).empty());
    CHECK(supervisor.deadline() == kStart + 5100ms);
    CHECK(supervisor.tick(kStart + 5099ms).empty());
    CHECK(words(supervisor.tick(kStart + 5100ms)) == Words{"start agent"});
    CHECK(words(supervisor.agent_failed("out of pids", kStart + 6s)) ==
          Words{"say agent: cannot start: out of pids; next attempt in 0.2 s. The server keeps "
                "running"});
    CHECK(supervisor.deadline() == kStart + 6200ms);
}

TEST_CASE("supervisor: restarts an agent that exits because of its configuration") {
    Supervisor supervisor = running();
    CHECK(deeds(supervisor.child_ended(kAgent, {.code = 78}, {}, kStart)).empty());
    CHECK(supervisor.deadline() == kStart + AgentPolicy::kFirstDelay);
    (void)supervisor.child_ended(kServer, {.code = 0}, {}, kStart);
    CHECK(supervisor.deadline() == kStart + 2s);  // no KILL for an agent that is gone
}

TEST_CASE("supervisor: repeats TERM for Redis until it stops") {
    Supervisor supervisor = running(
        {.service = &arc::redis::kProcess, .stop_signal = SIGTERM, .server_name = "redis-server"});
    (void)supervisor.signal_received(SIGTERM, kStart);
    CHECK(deeds(supervisor.tick(kStart + 2s - 1ms)).empty());
    CHECK(deeds(supervisor.tick(kStart + 2s)) == Words{"kill 7 15", "kill 7 18"});
    CHECK(deeds(supervisor.tick(kStart + 4s)) == Words{"kill 7 15", "kill 7 18"});
    (void)supervisor.child_ended(kServer, {.code = 0}, {}, kStart + 5s);
    CHECK(deeds(supervisor.tick(kStart + 6s)).empty());

    Supervisor other = running(
        {.service = &arc::redis::kProcess, .stop_signal = SIGINT, .server_name = "redis-server"});
    (void)other.signal_received(SIGTERM, kStart);
    CHECK(deeds(other.tick(kStart + 2s)).empty());  // a second INT does not save
}

TEST_CASE("supervisor: starts no agent after the server has ended") {
    Supervisor supervisor{nats(), kStart};
    supervisor.server_forked(kServer);
    (void)supervisor.server_running(kStart);
    (void)supervisor.child_ended(kServer, {.code = 0}, {}, kStart);
    CHECK(deeds(supervisor.tick(kStart)).empty());
    Supervisor waiting = running();
    (void)waiting.child_ended(kAgent, {.signo = SIGKILL}, {}, kStart);
    (void)waiting.child_ended(kServer, {.code = 0}, {}, kStart);
    CHECK(deeds(waiting.tick(kStart + 1s)).empty());
}

TEST_CASE("supervisor: ignores the end of an orphan, even with the pid of a past server") {
    Supervisor supervisor = running();
    CHECK(supervisor.child_ended(4711, {.code = 1}, {}, kStart).empty());
    (void)supervisor.child_ended(kServer, {.code = 5}, {}, kStart);
    CHECK(supervisor.child_ended(kServer, {.code = 6}, {}, kStart).empty());
    CHECK(words(supervisor.no_child_left()) == Words{"leave 5"});
}

TEST_CASE("supervisor: a failed exec is logged with its reason, not as the end of a server") {
    Supervisor supervisor{nats(), kStart};
    supervisor.server_forked(kServer);
    CHECK(words(supervisor.server_exec_failed("x: no such file")) ==
          Words{"say run: x: no such file"});
    CHECK(words(supervisor.child_ended(kServer, {.code = 127}, {}, kStart)) ==
          Words{"stop descendants but 0"});
    CHECK(words(supervisor.no_child_left()) == Words{"leave 127"});
}

TEST_CASE("supervisor: Ctrl-Z stops PID 1 as well, unless there is no shell") {
    auto settings = nats();
    settings.lends_terminal = true;
    Supervisor job = running(settings);
    CHECK(words(job.child_stopped(kServer, SIGTSTP)) == Words{"stop self"});
    CHECK(words(job.signal_received(SIGCONT, kStart)) == Words{"lend terminal to 7", "kill -7 18"});
    CHECK(job.child_stopped(kServer, SIGSTOP).empty());
    settings.is_pid1 = true;
    CHECK(deeds(running(settings).child_stopped(kServer, SIGTSTP)) == Words{"kill -7 18"});
    CHECK(running().child_stopped(kServer, SIGTSTP).empty());
}

TEST_CASE("supervisor: a stopped agent is continued") {
    Supervisor supervisor = running();
    CHECK(deeds(supervisor.child_stopped(kAgent, SIGSTOP)) == Words{"kill 9 18"});
    CHECK(supervisor.child_stopped(kServer, SIGSTOP).empty());
}

TEST_CASE("supervisor: a lost exit status does not block PID 1 forever") {
    CHECK(deeds(without_agent().no_child_left()) == Words{"leave 1"});
}

namespace {

constexpr pid_t kLeave = 11;

Supervisor::Settings gated() {
    auto settings = nats();
    settings.agent = false;
    settings.stop_budget = 90s;
    return settings;
}

// A supervisor whose stop gate runs since kStart.
Supervisor in_gate() {
    Supervisor supervisor = running(gated());
    CHECK(deeds(supervisor.signal_received(SIGTERM, kStart)) == Words{"start leave 90000"});
    supervisor.leave_forked(kLeave);
    return supervisor;
}

const Words kStopped{"kill 7 2", "kill 7 18"};
const Words kLeaveKilledAndStopped{"kill 11 9", "kill 7 2", "kill 7 18"};

}  // namespace

TEST_CASE("supervisor: a member's stop waits for its gate, and the end of the gate stops it") {
    for (const Ended& end : {Ended{.code = 0}, Ended{.code = 1}, Ended{.signo = SIGKILL}}) {
        Supervisor supervisor = in_gate();
        CHECK(supervisor.deadline() == kStart + 90s);
        CHECK(supervisor.tick(kStart + 10s).empty());
        const Actions actions = supervisor.child_ended(kLeave, end, {}, kStart + 20s);
        CHECK(words(actions).front() ==
              "say the stop gate ended 20.0 s after TERM (" + describe(end) + ")");
        CHECK(deeds(actions) == kStopped);
        CHECK(supervisor.deadline() == kStart + 25s);  // explains a slow stop from here on
        const Actions over = supervisor.child_ended(kServer, {.code = 0}, {}, kStart + 21s);
        CHECK(words(over).front() == "say server stopped on TERM (sent INT), exit 0 after 1.0 s");
        CHECK(words(supervisor.no_child_left()) == Words{"leave 0"});
    }
}

TEST_CASE("supervisor: the gate's time ends it") {
    Supervisor supervisor = in_gate();
    const Actions actions = supervisor.tick(kStart + 90s);
    CHECK(words(actions).front() == "say the stop gate did not end within 90 s");
    CHECK(deeds(actions) == kLeaveKilledAndStopped);
    CHECK(supervisor.child_ended(kLeave, {.signo = SIGKILL}, {}, kStart + 90s).empty());
    CHECK(supervisor.deadline() == kStart + 95s);
}

TEST_CASE("supervisor: a second request to stop ends the gate, and is forwarded once") {
    for (const int signo : {SIGTERM, SIGINT}) {
        Supervisor supervisor = in_gate();
        const Actions actions = supervisor.signal_received(signo, kStart + 3s);
        CHECK(words(actions).front().contains("ends the stop gate 3.0 s after the first"));
        CHECK(deeds(actions) == kLeaveKilledAndStopped);
        CHECK(deeds(supervisor.signal_received(signo, kStart + 4s)).front() == "kill 7 2");
    }
}

TEST_CASE("supervisor: the gate does not wait for a server that ended") {
    Supervisor supervisor = in_gate();
    const Actions actions = supervisor.child_ended(kServer, {.code = 3}, {}, kStart + 3s);
    CHECK(deeds(actions) == Words{"kill 11 9", "stop descendants but 0"});
    CHECK(supervisor.child_ended(kLeave, {.signo = SIGKILL}, {}, kStart + 3s).empty());
    CHECK(words(supervisor.no_child_left()) == Words{"leave 3"});
}

TEST_CASE("supervisor: other signals reach the server while the gate waits") {
    Supervisor supervisor = in_gate();
    CHECK(words(supervisor.signal_received(SIGHUP, kStart + 1s)) == Words{"kill 7 1"});
    CHECK(supervisor.deadline() == kStart + 90s);
}

TEST_CASE("supervisor: a gate that cannot start is none") {
    Supervisor supervisor = running(gated());
    (void)supervisor.signal_received(SIGTERM, kStart);
    const Actions actions = supervisor.leave_failed("no process", kStart);
    CHECK(words(actions).front() == "say the stop gate cannot start: no process");
    CHECK(deeds(actions) == kStopped);
}

TEST_CASE("supervisor: no gate while the server starts, without a budget, or when it hangs") {
    Supervisor starting{gated(), kStart};
    starting.server_forked(kServer);
    CHECK(deeds(starting.signal_received(SIGTERM, kStart)) == kStopped);
    auto settings = gated();
    settings.agent = true;
    Supervisor hung = running(settings);
    CHECK(deeds(hung.end_requested(kStart)) == kStopped);
    CHECK(deeds(hung.signal_received(SIGTERM, kStart + 1s)) == kStopped);
    Supervisor hangs_meanwhile = running(settings);
    (void)hangs_meanwhile.signal_received(SIGTERM, kStart);
    hangs_meanwhile.leave_forked(kLeave);
    CHECK(deeds(hangs_meanwhile.end_requested(kStart + 1s)) == kLeaveKilledAndStopped);
}

TEST_CASE("supervisor: whatever the order of events, the gate's server is stopped in time") {
    for (unsigned seed = 1; seed < 3'000; ++seed) {
        std::minstd_rand random{seed};
        const auto draw = [&](int count) {
            return std::uniform_int_distribution<int>{0, count - 1}(random);
        };
        Supervisor supervisor = in_gate();
        std::optional<Time> stopped;
        bool leave_runs = true;
        bool killed = false;
        Time now = kStart;
        const auto note = [&](const Actions& actions) {
            for (const std::string& deed : deeds(actions)) {
                CHECK(deed != "kill 7 9");
                killed = killed || deed == "kill 11 9";
                stopped = stopped || deed != "kill 7 2" ? stopped : std::optional{now};
            }
        };
        while (now < kStart + 200s && !stopped) {
            now = std::max(
                now, std::min(now + Time{draw(20'000)}, supervisor.deadline().value_or(now + 20s)));
            const int event = draw(6);
            if (event == 0 && leave_runs) {
                leave_runs = false;
                note(supervisor.child_ended(kLeave, {.code = draw(2)}, {}, now));
            } else if (event == 1) {
                note(supervisor.signal_received(draw(2) == 0 ? SIGTERM : SIGINT, now));
            } else if (event == 2) {
                note(supervisor.signal_received(SIGHUP, now));
            } else if (event == 3) {
                note(supervisor.child_stopped(kLeave, SIGSTOP));
            }
            note(supervisor.tick(now));
        }
        CAPTURE(seed);
        REQUIRE(stopped);
        REQUIRE(*stopped <= kStart + 90s);
        REQUIRE(killed == leave_runs);
        REQUIRE(supervisor.deadline() != kStart + 90s);
    }
}
