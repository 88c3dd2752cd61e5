// Tests of the whole of PID 1 with fake system calls.
#include <doctest/doctest.h>

#include "init/agent_process.hpp"
#include "init/run.hpp"
#include "init_fake_sys.hpp"
#include "pulsar/process.hpp"

using namespace arc;
using namespace arc::init;

namespace {

const Environment kEnvironment{"PATH=/bin", "HOME=/", "ARC_PREFLIGHT=off"};
const Environment kWithPreflight{"PATH=/bin"};
const std::string kNoLocks = "locks: named\n";
const std::string kOneLock = "lock: 5 1 /data/store\t/data\nlocks: named\n";

int run_on(FakeSys& sys, std::vector<const char*> words,
           const Environment& environment = kEnvironment) {
    return run(sys, words, environment);
}

}  // namespace

TEST_CASE("run: blocks signals first, and closes descriptors before it opens its own") {
    FakeSys sys;
    sys.children = {FakeSys::exited(7, 3)};
    CHECK(run_on(sys, {"x"}) == 3);
    CHECK(sys.calls.front() == "sigprocmask 2 blocks TERM");
    CHECK(sys.place("close_range") < sys.place("signalfd"));
    CHECK(sys.place("signalfd") < sys.place("fork"));
}

TEST_CASE("run: a usage error starts nothing and exits with 64") {
    FakeSys sys;
    CHECK(run_on(sys, {"--sevice", "nats", "x"}) == 64);
    CHECK(run_on(sys, {}) == 64);
    CHECK(sys.place("fork") == -1);
    CHECK(
        sys.log().contains("arc-sidecar: run: --sevice: unknown flag; did you mean '--service'?"));
}

TEST_CASE("run: a TERM before the fork ends PID 1, which starts no child") {
    FakeSys sys;
    sys.signals = {SIGHUP, SIGTERM};
    CHECK(run_on(sys, {"--service", "nats", "x"}) == 143);
    CHECK(sys.place("fork") == -1);
    CHECK(sys.log() == "arc-sidecar: stopped on TERM before the server was started, exit 143\n");
}

TEST_CASE("run: the configured stop signal, INT and QUIT end PID 1 before the fork, too") {
    for (const int signo : {SIGUSR2, SIGINT, SIGQUIT}) {
        FakeSys sys;
        sys.signals = {SIGHUP, SIGUSR1, signo};
        CHECK(run_on(sys, {"--stop-signal", "USR2", "x"}) == 128 + signo);
        CHECK(sys.place("fork") == -1);
    }
    FakeSys reload;
    reload.signals = {SIGUSR2};
    reload.children = {FakeSys::exited(7, 3)};
    CHECK(run_on(reload, {"x"}) == 3);
}

TEST_CASE("run: a TERM between fork and exec reaches the child") {
    FakeSys sys;
    sys.report_pending = true;
    sys.has_children = true;
    sys.on_poll = [](FakeSys& machine) {
        if (machine.place("kill") < 0) {
            machine.signals = {SIGTERM};
            return;
        }
        machine.children = {FakeSys::killed(7, SIGTERM)};
        machine.has_children = false;
    };
    CHECK(run_on(sys, {"x"}) == 143);
    CHECK(sys.called("kill 7 15"));
    CHECK(sys.log().starts_with("arc-sidecar: server stopped on TERM, exit 143"));
}

TEST_CASE(
    "run: a signal that arrives with the server's end is forwarded before the server is reaped") {
    FakeSys sys;
    sys.signals = {};
    sys.on_poll = [](FakeSys& machine) {
        machine.signals = {SIGTERM, SIGCHLD};
        machine.children = {FakeSys::exited(7, 0)};
    };
    sys.has_children = false;
    CHECK(run_on(sys, {"x"}) == 0);
    CHECK(sys.called("kill 7 15"));
    CHECK(sys.log().contains("server stopped on TERM, exit 0"));
}

TEST_CASE("run: a failed exec is logged once, and the exit code is that of the child") {
    FakeSys sys;
    sys.report = {ENOENT, 0, 0, 0, 0, 0, 0, 0};
    sys.children = {FakeSys::exited(7, 127)};
    CHECK(run_on(sys, {"x"}) == 127);
    CHECK(sys.log() ==
          "arc-sidecar: run: x: command not found in PATH (/bin). Check the name or give its full "
          "path\n");
}

TEST_CASE("run: a failed fork exits with 126 and names the limit of processes") {
    FakeSys sys;
    sys.fork_error = EAGAIN;
    CHECK(run_on(sys, {"x"}) == 126);
    CHECK(sys.log().contains("limit of processes"));
}

TEST_CASE("run: an idle PID 1 polls without a timeout") {
    FakeSys sys;
    sys.has_children = true;
    int polls = 0;
    sys.on_poll = [&](FakeSys& machine) {
        if (++polls == 5) {
            machine.children = {FakeSys::exited(7, 0)};
            machine.has_children = false;
        }
    };
    CHECK(run_on(sys, {"x"}) == 0);
    CHECK(sys.timeouts == std::vector<int>(5, -1));
}

TEST_CASE("run: an agent that exits restarts after its delay, and stops with the server") {
    FakeSys sys;
    sys.has_children = true;
    int polls = 0;
    sys.on_poll = [&](FakeSys& machine) {
        switch (++polls) {
            case 1:
                machine.fork_result = 9;
                break;  // the server's exec worked; the agent is next
            case 2:
                machine.children = {FakeSys::killed(9, SIGKILL)};
                break;
            case 3:
                machine.fork_result = 10;
                break;  // a second later
            case 4:
                machine.children = {FakeSys::exited(7, 0)};
                break;
            case 5:
                machine.children = {FakeSys::killed(10, SIGTERM)};
                machine.has_children = false;
                break;
            default:
                break;
        }
    };
    CHECK(run_on(sys, {"--service", "redis", "x"}) == 0);
    CHECK(std::ranges::count(sys.calls, "fork") == 3);
    CHECK(sys.timeouts[2] == 100);
    CHECK(sys.called("kill 10 15"));
    CHECK_FALSE(sys.called("kill 7 15"));
    CHECK(sys.log().contains("agent: killed by signal 9 (KILL)"));
}

TEST_CASE("run: after the agent's request to end the server, PID 1 exits with a failure") {
    for (const pid_t sender : {9, 4711}) {
        FakeSys sys;
        sys.has_children = true;
        sys.queued = true;
        sys.queued_value = 0x454e44;  // end_request.cpp
        sys.signal_sender = sender;
        int polls = 0;
        sys.on_poll = [&](FakeSys& machine) {
            ++polls;
            machine.fork_result = 9;
            machine.signals = polls == 2 ? std::deque<int>{SIGTERM} : std::deque<int>{};
            machine.children =
                polls == 3 ? std::deque<siginfo_t>{FakeSys::exited(7, 0)} : std::deque<siginfo_t>{};
            machine.has_children = polls < 4;
        };
        CHECK(run_on(sys, {"--service", "nats", "x"}) == (sender == 9 ? 1 : 0));
        CHECK(sys.called("kill 7 2"));
        CHECK(sys.log().contains(sender == 9
                                     ? "server ended as unhealthy on TERM (sent INT), exit 0"
                                     : "server stopped on TERM (sent INT), exit 0"));
    }
}

TEST_CASE("run: a KILL is out of memory only if the counter rose since the start") {
    FakeSys sys;
    sys.files = {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/memory.events", "oom_kill 4\n"}};
    sys.has_children = true;
    sys.on_poll = [](FakeSys& machine) {
        machine.files["/sys/fs/cgroup/memory.events"] = "oom_kill 5\n";
        machine.children = {FakeSys::killed(7, SIGKILL)};
        machine.has_children = false;
    };
    CHECK(run_on(sys, {"x"}) == 137);
    CHECK(sys.log().contains("out of memory (cgroup counts 1 oom kill), exit 137"));
}

TEST_CASE("run: descendants of the server get TERM, other processes do not") {
    FakeSys sys;
    sys.directories["/proc"] = {"1", "20", "30", "31"};
    sys.files = {{"/proc/20/stat", "20 (left) S 1 7"},
                 {"/proc/30/stat", "30 (exec'd) S 0 30"},
                 {"/proc/31/stat", "31 (its) S 30 30"}};
    sys.has_children = true;
    int polls = 0;
    sys.on_poll = [&](FakeSys& machine) {
        machine.children = {++polls == 1 ? FakeSys::exited(7, 3) : FakeSys::killed(20, SIGTERM)};
        machine.has_children = polls < 2;
    };
    CHECK(run_on(sys, {"x"}) == 3);
    CHECK(sys.called("kill 20 15"));
    // A stopped process reacts to TERM only after CONT.
    CHECK(sys.place("kill 20 18") > sys.place("kill 20 15"));
    CHECK_FALSE(sys.called("kill 30 15"));
    CHECK_FALSE(sys.called("kill 31 15"));
}

TEST_CASE("run: a denied signal is logged once, and again in the line about a slow stop") {
    FakeSys sys;
    sys.kill_error = EACCES;
    sys.files = {{"/proc/self/attr/current", "containers-default-0.62.2 (enforce)\n"},
                 {"/proc/self/status", "NoNewPrivs:\t1\n"}};
    sys.has_children = true;
    int polls = 0;
    sys.on_poll = [&](FakeSys& machine) {
        ++polls;
        machine.signals = polls == 1 || polls == 2 ? std::deque<int>{SIGTERM} : std::deque<int>{};
        if (machine.log().contains("server still runs")) {
            machine.children = {FakeSys::killed(7, SIGKILL)};
            machine.has_children = false;
        }
    };
    CHECK(run_on(sys, {"--service", "redis", "--no-agent", "x"}) == 137);
    const std::string denied =
        "arc-sidecar: TERM cannot be sent to the server (pid 7): Permission denied (EACCES). The "
        "security profile "
        "containers-default-0.62.2 "
        "(enforce) denies it, as AppArmor does under no-new-privileges. ";
    const auto first = sys.log().find(denied);
    REQUIRE(first != std::string::npos);
    CHECK(sys.log().find(denied, first + 1) == std::string::npos);
    CHECK(sys.log().contains(
        "server still runs 9.0 s after TERM, which could not be sent to it. Stop "
        "it by other means"));
}

TEST_CASE("run: every denied signal is logged") {
    FakeSys sys;
    sys.kill_error = EPERM;
    sys.directories["/proc"] = {"20"};
    sys.files = {{"/proc/20/stat", "20 (left) S 1 7"}};
    sys.stats["/proc/20"].st_uid = 999;
    sys.has_children = true;
    int polls = 0;
    sys.on_poll = [&](FakeSys& machine) {
        if (++polls == 1) {
            machine.fork_result = 9;  // the agent's
        } else if (polls == 2) {
            machine.children = {FakeSys::exited(7, 3)};
        } else if (polls > 4) {
            machine.has_children = false;
        }
    };
    CHECK(run_on(sys, {"--service", "redis", "x"}) == 3);
    CHECK(sys.log().contains(
        "TERM cannot be sent to the agent (pid 9): Operation not permitted (EPERM). "));
    CHECK(sys.log().contains("KILL cannot be sent to the agent (pid 9)"));
    CHECK(
        sys.log().contains("TERM cannot be sent to left (pid 20): Operation not permitted (EPERM). "
                           "It runs as uid 999, and this process as uid "
                           "1000 without CAP_KILL. Start both as one user"));
    CHECK(sys.log().contains("CONT cannot be sent to left (pid 20)"));
}

TEST_CASE("run: a signal to a process that has ended is not logged") {
    FakeSys sys;
    sys.kill_error = ESRCH;
    sys.on_poll = [](FakeSys& machine) {
        machine.signals = {SIGTERM};
        machine.children = {FakeSys::exited(7, 0)};
    };
    CHECK(run_on(sys, {"x"}) == 0);
    CHECK_FALSE(sys.log().contains("cannot be sent"));
}

TEST_CASE("run: PID 1 lends the terminal only if it has it, and takes it back at the end") {
    FakeSys sys;
    sys.children = {FakeSys::exited(7, 0)};
    CHECK(run_on(sys, {"x"}) == 0);
    CHECK(sys.place("tcsetpgrp") == -1);
    FakeSys foreground;
    foreground.terminal_group = foreground.pid;
    foreground.children = {FakeSys::exited(7, 0)};
    CHECK(run_on(foreground, {"x"}) == 0);
    CHECK(foreground.calls.back() == "tcsetpgrp 0 1");
}

TEST_CASE("agent process: the environment has each variable about the server once") {
    const Environment own{"PATH=/bin", "ARC_SERVER_PID=1", "ARC_LOG_FORMAT=text",
                          "ARC_SERVER_PIDS=kept"};
    CHECK(agent_environment(own, 7, Time{123'456}, arc::LogFormat::json) ==
          Environment{"PATH=/bin", "ARC_SERVER_PIDS=kept", "ARC_SERVER_PID=7",
                      "ARC_SERVER_STARTED=123456", "ARC_LOG_FORMAT=json"});
    CHECK(agent_environment({"ARC_KEPT_SOCKETS=1:2"}, 7, Time{1}, arc::LogFormat::text, {5, 6})
              .back() == "ARC_KEPT_SOCKETS=5:6");
    CHECK(agent_environment({"ARC_KEPT_SOCKETS=1:2"}, 7, Time{1}, arc::LogFormat::text).size() ==
          3);
}

TEST_CASE("agent process: without a log format of `run` the configuration file decides") {
    CHECK(agent_environment({"ARC_LOG_FORMAT="}, 7, Time{1}, std::nullopt) ==
          Environment{"ARC_SERVER_PID=7", "ARC_SERVER_STARTED=1"});
}

TEST_CASE("agent process: the same binary, without the terminal, killed with PID 1") {
    Options options;
    options.service = &pulsar::kProcess;
    const Launch launch = agent_launch(options, {}, sigset_t{});
    CHECK(launch.candidates.front() == "/proc/self/exe");
    CHECK(launch.argv == std::vector<std::string>{"arc-sidecar", "agent", "--service", "pulsar"});
    CHECK(launch.null_stdin);
    CHECK(launch.dies_with_parent);
    CHECK(sigismember(&launch.mask, kExplain) == 1);
    CHECK(sigismember(&launch.mask, SIGTERM) == 0);
    CHECK_FALSE(launch.take_terminal);
}

TEST_CASE("preflight: runs as a process before the server") {
    FakeSys sys;
    sys.report = kNoLocks;
    sys.children = {FakeSys::exited(7, 3)};
    CHECK(run_on(sys, {"--service", "redis", "redis-server", "x"}, kWithPreflight) == 3);
    CHECK(std::ranges::count(sys.calls, "fork") == 2);
    CHECK(sys.log().starts_with("arc-sidecar: started redis-server"));
}

TEST_CASE("preflight: after a refusal PID 1 logs each reason and exits with 78") {
    FakeSys sys;
    sys.report = "locks: named\nrefused: /data: belongs to 999\nwarning: disk\nrefused: second\n";
    sys.preflight_end = FakeSys::exited(7, 78);
    CHECK(run_on(sys, {"--service", "redis", "redis-server"}, kWithPreflight) == 78);
    CHECK(std::ranges::count(sys.calls, "fork") == 1);
    CHECK(sys.log().contains("arc-sidecar: preflight: /data: belongs to 999\n"));
    CHECK(sys.log().contains("arc-sidecar: preflight: second\n"));
    CHECK(sys.log().contains("ARC_PREFLIGHT=warn"));
}

TEST_CASE("preflight: its log format applies to PID 1, unless `run` was given another") {
    FakeSys sys;
    sys.report = "log_format: json\nlocks: named\nwarning: disk\n";
    sys.children = {FakeSys::exited(7, 0)};
    CHECK(run_on(sys, {"--service", "redis", "redis-server"}, kWithPreflight) == 0);
    CHECK(sys.log().starts_with("{\"time\":"));
    CHECK_FALSE(sys.log().contains("arc-sidecar: "));
    FakeSys given;
    given.report = "log_format: json\nlocks: named\nwarning: disk\n";
    given.children = {FakeSys::exited(7, 0)};
    CHECK(run_on(given, {"--service", "redis", "--log-format", "text", "redis-server"},
                 kWithPreflight) == 0);
    CHECK(given.log().starts_with("arc-sidecar: preflight: disk\n"));
}

TEST_CASE("preflight: in mode warn the server starts, and a failure repeats the warnings") {
    FakeSys sys;
    sys.report = "locks: named\nrefused: /data: belongs to 999\n";
    sys.preflight_end = FakeSys::exited(7, 78);
    sys.children = {FakeSys::exited(7, 1)};
    CHECK(run_on(sys, {"--service", "redis", "--no-agent", "--preflight", "warn", "redis-server"},
                 kWithPreflight) == 1);
    CHECK(sys.log().contains("server ended by itself, exit 1"));
    CHECK(sys.log().ends_with("preflight warned before the start: /data: belongs to 999\n"));
}

TEST_CASE("preflight: a clean exit repeats no warnings") {
    FakeSys sys;
    sys.report = "locks: named\nwarning: disk\n";
    sys.children = {FakeSys::exited(7, 0)};
    CHECK(run_on(sys, {"--service", "redis", "--no-agent", "redis-server"}, kWithPreflight) == 0);
    CHECK(sys.log().contains("arc-sidecar: preflight: disk\n"));
    CHECK_FALSE(sys.log().contains("had said"));
}

TEST_CASE(
    "preflight: after it named the locks, its death or a timeout does not prevent the start") {
    FakeSys sys;
    sys.report = kOneLock;
    SUBCASE("death") {
        sys.preflight_end = FakeSys::killed(7, SIGSEGV);
    }
    SUBCASE("timeout") {
        sys.report_pending = true;
        sys.preflight_end = FakeSys::killed(7, SIGKILL);
        sys.on_poll = [](FakeSys& machine) {
            machine.report_pending = machine.place("kill 7 9") < 0;
        };
    }
    sys.children = {FakeSys::exited(7, 0)};
    CHECK(run_on(sys, {"--service", "redis", "--no-agent", "redis-server"}, kWithPreflight) == 0);
    CHECK(sys.log().contains("the server starts without the rest of its answer"));
    CHECK(sys.place("lock ") >= 0);
}

TEST_CASE("preflight: without the locks the server does not start") {
    FakeSys sys;
    int asked = 2;
    SUBCASE("killed: it runs once more") {
        sys.report = "lock: 5 1 /data/store\t/da";
        sys.preflight_end = FakeSys::killed(7, SIGKILL);
    }
    SUBCASE("the fork fails") {
        sys.fork_error = EAGAIN;
    }
    SUBCASE("it hangs") {
        asked = 1;
        sys.report_pending = true;
        sys.preflight_end = FakeSys::killed(7, SIGKILL);
    }
    CHECK(run_on(sys, {"--service", "redis", "--no-agent", "redis-server"}, kWithPreflight) == 78);
    CHECK(std::ranges::count(sys.calls, "fork") == asked);
    CHECK(sys.log().contains("the store could not be locked"));
}

TEST_CASE("preflight: runs again if it was killed before it named the locks") {
    FakeSys sys;
    sys.preflight_end = FakeSys::killed(7, SIGKILL);
    sys.on_poll = [](FakeSys& machine) {
        if (std::ranges::count(machine.calls, "fork") == 2 && machine.preflight_end) {
            machine.preflight_end.reset();
            machine.report = kOneLock;
        }
    };
    sys.children = {FakeSys::exited(7, 3)};
    CHECK(run_on(sys, {"--service", "redis", "--no-agent", "redis-server"}, kWithPreflight) == 3);
    CHECK(sys.place("lock ") >= 0);
}

TEST_CASE("preflight: a KILL that the kernel denies is logged") {
    FakeSys sys;
    sys.report_pending = true;
    sys.kill_error = EACCES;
    sys.on_poll = [](FakeSys& machine) { machine.signals = {SIGTERM}; };
    CHECK(run_on(sys, {"--service", "redis", "redis-server"}, kWithPreflight) == 143);
    CHECK(sys.log().contains(
        "KILL cannot be sent to preflight (pid 7): Permission denied (EACCES). "));
}

TEST_CASE("preflight: a TERM ends it and PID 1, which starts no server") {
    FakeSys sys;
    sys.report_pending = true;
    sys.on_poll = [](FakeSys& machine) { machine.signals = {SIGHUP, SIGTERM}; };
    CHECK(run_on(sys, {"--service", "redis", "redis-server"}, kWithPreflight) == 143);
    CHECK(sys.called("kill 7 9"));
    CHECK(std::ranges::count(sys.calls, "fork") == 1);
}

TEST_CASE("preflight: the configured stop signal ends it, too") {
    FakeSys sys;
    sys.report_pending = true;
    sys.on_poll = [](FakeSys& machine) { machine.signals = {SIGHUP, SIGRTMIN + 3}; };
    CHECK(run_on(sys, {"--service", "redis", "--stop-signal", "RTMIN+3", "redis-server"},
                 kWithPreflight) == 128 + SIGRTMIN + 3);
    CHECK(sys.called("kill 7 9"));
    CHECK(std::ranges::count(sys.calls, "fork") == 1);
}

TEST_CASE("preflight: a store with a lock of another process is in use") {
    FakeSys sys;
    sys.report = kOneLock;
    SUBCASE("taken") {
        sys.locked_elsewhere = true;
        CHECK(run_on(sys, {"--service", "redis", "redis-server"}, kWithPreflight) == 78);
        CHECK(sys.log().contains("/data/store: another server uses this directory"));
    }
    SUBCASE("free") {
        sys.children = {FakeSys::exited(7, 0)};
        CHECK(run_on(sys, {"--service", "redis", "--no-agent", "redis-server"}, kWithPreflight) ==
              0);
        const int opened = sys.place("open /data");
        REQUIRE(opened >= 0);
        CHECK(sys.place("lock 3 5 1") > opened);
        CHECK(sys.place("test 3 5 1") > sys.place("lock 3 5 1"));
        CHECK_FALSE(sys.called("close 3"));  // a lock lasts as long as its descriptor
    }
    SUBCASE("a file system without locks is a warning") {
        sys.lock_error = ENOLCK;
        sys.children = {FakeSys::exited(7, 0)};
        CHECK(run_on(sys, {"--service", "redis", "--no-agent", "redis-server"}, kWithPreflight) ==
              0);
        CHECK(
            sys.log().contains("/data/store: cannot be locked (No locks available), so a second "
                               "server on it would not be detected"));
    }
}
