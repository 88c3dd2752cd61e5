#include <doctest/doctest.h>

#include "init/exit_status.hpp"
#include "init_fake_sys.hpp"
#include "nats/process.hpp"
#include "pulsar/process.hpp"
#include "redis/process.hpp"

using namespace arc;
using namespace arc::init;

namespace {

ServerEnd end_of(Ended ended) {
    return {.ended = ended, .started = Time{1'000}, .now = Time{13'000}};
}

}  // namespace

TEST_CASE("exit status: all 256 codes and every signal, as a shell reports them") {
    for (int code = 0; code < 256; ++code) {
        CHECK(exit_code(to_ended(FakeSys::exited(7, code))) == code);
    }
    for (int signo = 1; signo < 65; ++signo) {
        CHECK(exit_code(to_ended(FakeSys::killed(7, signo))) == 128 + signo);
    }
    CHECK(describe(to_ended(FakeSys::child_info(7, CLD_DUMPED, SIGSEGV))) ==
          "killed by signal 11 (SEGV), core dumped");
}

TEST_CASE("exit status: durations") {
    CHECK(describe(Time{0}) == "0 ms");
    CHECK(describe(Time{99}) == "99 ms");
    CHECK(describe(Time{400}) == "0.4 s");
    CHECK(describe(Time{59'900}) == "59.9 s");
    CHECK(describe(Time{75'000}) == "75 s");
    CHECK(describe(Time{720'000}) == "12 min");
    CHECK(describe(Time{3 * 3'600'000}) == "3.0 h");
    CHECK(describe(Time{96 * 3'600'000}) == "4.0 d");
}

TEST_CASE("exit status: a server that ended by itself") {
    CHECK(describe_server_end(end_of({.code = 3})) ==
          "server ended by itself, exit 3 after 12.0 s");
    CHECK(describe_server_end(end_of({.signo = SIGSEGV})) ==
          "server was killed by signal 11 (SEGV), exit 139 after 12.0 s");
    ServerEnd end = end_of({.code = 0});
    end.last = Forwarded{SIGUSR2, SIGUSR2, Time{8'000}};
    CHECK(describe_server_end(end) ==
          "server ended by itself (5.0 s after USR2 was forwarded), exit 0 after 12.0 s");
}

TEST_CASE("exit status: a server that was asked to stop") {
    ServerEnd end = end_of({.code = 0});
    end.stop = Forwarded{SIGTERM, SIGINT, Time{12'600}};
    CHECK(describe_server_end(end) == "server stopped on TERM (sent INT), exit 0 after 0.4 s");
    end.stop = Forwarded{SIGTERM, SIGTERM, Time{12'600}};
    end.ended = {.signo = SIGTERM};
    CHECK(describe_server_end(end) == "server stopped on TERM, exit 143 after 0.4 s");
    end.ended = {.signo = SIGABRT};
    CHECK(describe_server_end(end) ==
          "server stopped on TERM and was killed by signal 6 (ABRT), exit 134 after 0.4 s");
}

TEST_CASE("exit status: explains normal ends that look like failures") {
    ServerEnd end = end_of({.code = 1});
    end.stop = Forwarded{SIGTERM, SIGTERM, Time{12'600}};
    end.service = &nats::kProcess;
    CHECK(describe_server_end(end) ==
          "server stopped on TERM, exit 1 after 0.4 s (nats-server 2.10 leaves with 1 on TERM; INT "
          "gives 0)");
    end.service = &pulsar::kProcess;
    end.ended = {.code = 143};
    CHECK(describe_server_end(end) ==
          "server stopped on TERM, exit 143 after 0.4 s (a JVM's orderly end on TERM)");
    end.service = &redis::kProcess;
    end.ended = {.code = 1};
    CHECK(describe_server_end(end) == "server stopped on TERM, exit 1 after 0.4 s");
}

TEST_CASE("exit status: explains a KILL by the cgroup") {
    ServerEnd end = end_of({.signo = SIGKILL});
    end.oom_kills = 1;
    CHECK(
        describe_server_end(end) ==
        "server was killed by signal 9 (KILL): out of memory (cgroup counts 1 oom kill), exit 137 "
        "after 12.0 s");
    end.oom_kills = 2;
    CHECK(describe_server_end(end).contains("cgroup counts 2 oom kills"));
    end.oom_kills = 0;
    CHECK(describe_server_end(end).contains("not out of memory"));
    end.oom_kills.reset();
    CHECK(describe_server_end(end).contains("the sender is unknown"));
    end.stop = Forwarded{SIGTERM, SIGTERM, Time{12'600}};
    end.oom_kills = 1;
    CHECK(describe_server_end(end).contains(
        "stopped on TERM and was killed by signal 9 (KILL): out of memory"));
}
