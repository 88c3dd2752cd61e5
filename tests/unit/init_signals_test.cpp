#include <doctest/doctest.h>

#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/end_request.hpp"
#include "init/signals.hpp"
#include "init_fake_sys.hpp"

using namespace arc::init;

TEST_CASE("signals: every name parses to its signal") {
    CHECK(signal_name(SIGTERM) == "TERM");
    CHECK(signal_name(SIGKILL) == "KILL");
    CHECK(signal_name(SIGRTMIN + 3) == "RTMIN+3");
    CHECK(signal_name(0) == "signal 0");
    for (int signo = 1; signo <= SIGRTMAX; ++signo) {
        CHECK(parse_signal(std::to_string(signo)) == signo);
        if (!signal_name(signo).starts_with("signal ")) {
            CHECK(parse_signal(signal_name(signo)) == signo);
        }
    }
}

TEST_CASE("signals: spellings") {
    CHECK(parse_signal("SIGTERM") == SIGTERM);
    CHECK(parse_signal("sigterm") == SIGTERM);
    CHECK(parse_signal("term") == SIGTERM);
    for (const char* word : {"", "SIG", "TER", "0", "-1", "65", "15x", " 15", "99999999999"}) {
        CAPTURE(word);
        CHECK_FALSE(parse_signal(word));
    }
}

TEST_CASE("signals: forwarded signals") {
    for (const int signo : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT,
                            SIGABRT, SIGTSTP, SIGALRM, SIGRTMIN}) {
        CAPTURE(signo);
        CHECK(is_forwarded(signo));
    }
    for (const int signo : {SIGCHLD, SIGPIPE, SIGTTIN, SIGTTOU, SIGKILL, SIGSTOP, SIGSEGV, SIGBUS,
                            SIGFPE, SIGILL, 0}) {
        CAPTURE(signo);
        CHECK_FALSE(is_forwarded(signo));
    }
}

TEST_CASE("signals: blocks all but synchronous faults, and resets CHLD") {
    FakeSys sys;
    const SignalMask mask = take_signals(sys);
    for (int signo = 1; signo <= SIGRTMAX; ++signo) {
        const bool fault = signo == SIGSEGV || signo == SIGBUS || signo == SIGFPE ||
                           signo == SIGILL || signo == SIGTRAP || signo == SIGSYS;
        if (signo < 32 || signo >= SIGRTMIN) {  // between them are the C library's own
            CAPTURE(signo);
            CHECK(sigismember(&mask.taken, signo) == (fault ? 0 : 1));
        }
    }
    CHECK(sys.calls == std::vector<std::string>{"sigprocmask 2 blocks TERM"});
    CHECK(sys.defaults == std::set<int>{SIGCHLD});
}

TEST_CASE("signals: reads all pending signals") {
    FakeSys sys;
    for (int i = 0; i < 20; ++i) {
        sys.signals.push_back(i % 2 == 0 ? SIGTERM : SIGCHLD);
    }
    CHECK(read_signals(sys, FakeSys::kSignalFd).size() == 20);
    CHECK(read_signals(sys, FakeSys::kSignalFd).empty());
}

namespace {

// What arrives where a process asks itself for an end: in a child, since a test's other threads
// would take the TERM.
int received_by_itself() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    const int fd = real_sys().signalfd(&set, SFD_CLOEXEC | SFD_NONBLOCK);
    const int error = ask_for_end(::getpid());
    const std::vector<Received> came = receive_signals(real_sys(), fd);
    const bool right = error == 0 && came.size() == 1 && is_end_request(came.front(), ::getpid());
    return right && !is_end_request(came.front(), ::getpid() + 1) &&
                   !is_end_request(came.front(), 0)
               ? 0
               : 1;
}

}  // namespace

TEST_CASE("signals: only the agent's TERM with its value is a request to end the server") {
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(received_by_itself());
    }
    REQUIRE(child > 0);
    int status = -1;
    CHECK(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK_FALSE(is_end_request({.signo = SIGTERM, .sender = 9}, 9));
    CHECK_FALSE(is_end_request({.signo = SIGTERM, .sender = 9, .queued = true, .value = 1}, 9));
    CHECK(ask_for_end(-1) != 0);
}

TEST_CASE("signals: a child gets every default and then the original mask") {
    FakeSys sys;
    sigset_t original;
    sigemptyset(&original);
    restore_signals(sys, original);
    CHECK(sys.defaults.size() == static_cast<size_t>(SIGRTMAX));
    CHECK(sys.calls == std::vector<std::string>{"sigprocmask 2 lets TERM through"});
}
