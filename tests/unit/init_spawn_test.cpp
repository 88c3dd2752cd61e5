#include <doctest/doctest.h>

#include "init/descriptors.hpp"
#include "init/spawn.hpp"
#include "init_fake_sys.hpp"

using namespace arc::init;
using Paths = std::vector<std::string>;

namespace {

Launch launch_of(Paths candidates) {
    Launch launch;
    launch.candidates = std::move(candidates);
    launch.argv = {"x", "-v"};
    sigemptyset(&launch.mask);
    return launch;
}

// Runs the child's side of spawn() and returns its exit code; 0 if exec succeeded.
int as_child(FakeSys& sys, Launch launch) {
    sys.fork_result = 0;
    try {
        (void)spawn(sys, launch);
    } catch (const ProcessGone& gone) {
        return gone.code;
    }
    return -1;
}

std::string why(FakeSys& sys, const Launch& launch, int error, int candidate = 0) {
    return explain_exec_failure(sys, launch, {.error = error, .candidate = candidate});
}

struct stat mode(mode_t bits) {
    struct stat info{};
    info.st_mode = bits;
    return info;
}

}  // namespace

TEST_CASE(
    "spawn: the child has its own group and default dispositions, and restores its mask last") {
    FakeSys sys;
    sys.exec_error["/bin/x"] = 0;
    CHECK(as_child(sys, launch_of({"/bin/x"})) == 0);
    CHECK(sys.calls.back() == "execve /bin/x");
    CHECK(sys.place("setpgid 0 0") < sys.place("sigprocmask"));
    CHECK(sys.place("sigprocmask 2 lets TERM through") == static_cast<int>(sys.calls.size()) - 2);
    CHECK(sys.defaults.contains(SIGTERM));
    CHECK(sys.place("tcsetpgrp") == -1);
    CHECK(sys.place("prctl") == -1);
    CHECK(sys.place("open") == -1);
}

TEST_CASE("spawn: takes the terminal while TTOU is blocked, which would stop the child") {
    FakeSys sys;
    sys.exec_error["/bin/x"] = 0;
    Launch launch = launch_of({"/bin/x"});
    launch.take_terminal = true;
    CHECK(as_child(sys, launch) == 0);
    CHECK(sys.place("setpgid") < sys.place("tcsetpgrp 0 1"));
    CHECK(sys.place("tcsetpgrp 0 1") < sys.place("sigprocmask"));
}

TEST_CASE("spawn: the agent dies with PID 1, even if PID 1 died before prctl()") {
    FakeSys sys;
    sys.exec_error["/bin/x"] = 0;
    Launch launch = launch_of({"/bin/x"});
    launch.dies_with_parent = true;
    launch.null_stdin = true;
    sys.parent = sys.pid;
    CHECK(as_child(sys, launch) == 0);
    CHECK(sys.called("prctl 1 9"));
    CHECK(sys.place("close 0") + 1 == sys.place("open /dev/null"));
    sys.calls.clear();
    sys.parent = 4711;
    CHECK(as_child(sys, launch) == 1);
    CHECK(sys.place("execve") == -1);
}

TEST_CASE("spawn: searches PATH as a shell does") {
    CHECK(candidates_for("x", "/a:/b") == Paths{"/a/x", "/b/x"});
    CHECK(candidates_for("x", ":/b:") == Paths{"./x", "/b/x", "./x"});
    CHECK(candidates_for("./x", "/a") == Paths{"./x"});
    CHECK(candidates_for("/x", nullptr) == Paths{"/x"});
    CHECK(candidates_for("x", "").size() == 6);
    CHECK(candidates_for("x", nullptr).front() == "/usr/local/sbin/x");
}

TEST_CASE("spawn: 127 if no file exists, 126 if one exists that cannot be executed") {
    const auto code = [](std::map<std::string, int> errors) {
        FakeSys sys;
        sys.exec_error = std::move(errors);
        return as_child(sys, launch_of({"/a/x", "/b/x"}));
    };
    CHECK(code({}) == 127);
    CHECK(code({{"/a/x", ENOTDIR}}) == 127);
    CHECK(code({{"/a/x", EACCES}}) == 126);  // and the search goes on past it
    CHECK(code({{"/a/x", EACCES}, {"/b/x", 0}}) == 0);
    CHECK(code({{"/b/x", EACCES}}) == 126);
    CHECK(code({{"/a/x", ENOEXEC}, {"/b/x", 0}}) == 126);  // but not past one that is broken
    CHECK(code({{"/a/x", E2BIG}}) == 126);
    CHECK(code({{"/a/x", ENOMEM}}) == 126);
}

TEST_CASE("spawn: the child reports which file failed and why") {
    FakeSys sys;
    sys.exec_error["/b/x"] = EACCES;
    CHECK(as_child(sys, launch_of({"/a/x", "/b/x", "/c/x"})) == 126);
    const std::string expected = {EACCES, 0, 0, 0, 1, 0, 0, 0};
    CHECK(sys.called("write 61 " + expected));
}

TEST_CASE("spawn: the parent's side") {
    FakeSys sys;
    Launch launch = launch_of({"/bin/x"});
    const auto child = spawn(sys, launch);
    REQUIRE(child);
    CHECK(child->pid == 7);
    CHECK(child->report == FakeSys::kReportFd);
    CHECK(sys.calls.front() == "pipe2 " + std::to_string(O_CLOEXEC | O_NONBLOCK));
    CHECK(sys.called("close 61"));  // else the end of file would never come
    sys.fork_error = EAGAIN;
    const auto none = spawn(sys, launch);
    REQUIRE_FALSE(none);
    CHECK(none.error() == EAGAIN);
    CHECK(sys.called("close 60"));
}

TEST_CASE("spawn: reading a report never blocks") {
    FakeSys sys;
    sys.report_pending = true;
    CHECK(read_report(sys, 60).state == ExecReport::State::pending);
    sys.report_pending = false;
    CHECK(read_report(sys, 60).state == ExecReport::State::running);
    sys.report = {EACCES, 0, 0, 0, 1, 0, 0, 0};
    const ExecReport report = read_report(sys, 60);
    CHECK(report.state == ExecReport::State::failed);
    CHECK(report.failure.error == EACCES);
    CHECK(report.failure.candidate == 1);
}

TEST_CASE("spawn: explains a failed exec by the file at the path") {
    FakeSys sys;
    Launch launch = launch_of({"/a/x", "/b/x"});
    CHECK(why(sys, launch, ENOENT) ==
          "x: command not found in PATH (/a:/b). Check the name or give its full path");
    sys.stats["/b/x"] = mode(S_IFREG | 0755);
    CHECK(why(sys, launch, ENOENT)
              .starts_with("/b/x: exists, but its interpreter or loader does not"));
    CHECK(why(sys, launch, EACCES, 1)
              .starts_with("/b/x: permission denied for uid 1000 (mode 0755, owner 0:0"));
    sys.stats["/b/x"] = mode(S_IFREG | 0644);
    CHECK(why(sys, launch, EACCES, 1) == "/b/x: is not executable (mode 0644). Run chmod +x on it");
    sys.stats["/b/x"] = mode(S_IFDIR | 0755);
    CHECK(why(sys, launch, EACCES, 1) == "/b/x: is a directory, not a program");
    CHECK(why(sys, launch, EACCES, 0)
              .starts_with("/a/x: permission denied for uid 1000: a parent directory"));
    CHECK(why(sys, launch, ENOEXEC, 1).contains("exec format error"));
    CHECK(why(sys, launch, E2BIG, 1) == "/b/x: Argument list too long");
    launch = launch_of({"/opt/x"});
    launch.argv = {"/opt/x"};
    CHECK(why(sys, launch, ENOENT).starts_with("/opt/x: no such file"));
}

TEST_CASE("descriptors: closes all above 2, on an old kernel by the list in /proc") {
    FakeSys sys;
    close_inherited(sys);
    CHECK(sys.calls == Paths{"close_range 3 4294967295 0"});
    sys.has_close_range = false;
    sys.directories["/proc/self/fd"] = {"0", "1", "2", "3", "1000000", "rubbish"};
    close_inherited(sys);
    CHECK(sys.called("close 3"));
    CHECK(sys.called("close 1000000"));
    CHECK(sys.calls.size() == 4);
}

TEST_CASE("descriptors: opens /dev/null only for a closed 0, 1 or 2") {
    FakeSys sys;
    open_missing_standard(sys);
    CHECK(sys.calls.empty());
    sys.open_fds = {1};
    open_missing_standard(sys);
    CHECK(sys.calls == Paths{"open /dev/null", "open /dev/null"});
    CHECK(sys.open_fds == std::set<int>{0, 1, 2});
}
