// Fake system calls for the tests of sidecar/init. They record each call, return the results that
// the test has set, and have no effect.
#pragma once

#include <fcntl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "init/sys.hpp"

namespace arc::init {

// Thrown at the end of a real process: by exit_now(), and by an execve() that succeeds.
struct ProcessGone {
    int code;
};

class FakeSys final : public Sys {
public:
    // The calls in order: "kill 7 15", "execve /bin/x", "write 2 arc-sidecar: …".
    std::vector<std::string> calls;

    pid_t pid = 1;
    pid_t parent = 0;
    pid_t fork_result = 7;  // 0: the caller goes on as the child
    int fork_error = 0;
    // By path. Other paths do not exist (ENOENT). 0: the call succeeds.
    std::map<std::string, int> exec_error;
    std::deque<int> signals;         // what the signalfd gives
    std::deque<siginfo_t> children;  // what waitid gives
    bool has_children = false;       // else ECHILD once `children` is empty
    std::string report;              // what a report pipe gives
    bool report_pending = false;     // it gives EAGAIN once `report` is empty
    bool stderr_full = false;
    bool has_close_range = true;
    std::set<int> open_fds{0, 1, 2};
    pid_t terminal_group = -1;
    std::map<std::string, std::string> files;
    std::map<std::string, std::vector<std::string>> directories;
    std::map<std::string, struct stat> stats;
    Time clock{1'000'000};
    int polls_left = 100;  // a loop that never ends is a failed test

    static constexpr int kSignalFd = 50;
    static constexpr int kReportFd = 60;
    static constexpr int kKeptFd = 70;

    // The end of a child, for `children`.
    static siginfo_t exited(pid_t child, int code) { return child_info(child, CLD_EXITED, code); }
    static siginfo_t killed(pid_t child, int signo) { return child_info(child, CLD_KILLED, signo); }
    static siginfo_t stopped(pid_t child, int signo) {
        return child_info(child, CLD_STOPPED, signo);
    }
    static siginfo_t child_info(pid_t child, int code, int status) {
        siginfo_t info{};
        info.si_pid = child;
        info.si_code = code;
        info.si_status = status;
        return info;
    }

    [[nodiscard]] bool called(const std::string& call) const {
        return std::ranges::find(calls, call) != calls.end();
    }
    // The index of the first call with this beginning, or -1.
    [[nodiscard]] int place(std::string_view beginning) const {
        const auto found = std::ranges::find_if(
            calls, [&](const std::string& call) { return call.starts_with(beginning); });
        return found == calls.end() ? -1 : static_cast<int>(found - calls.begin());
    }
    // The text written to standard error.
    [[nodiscard]] std::string log() const {
        std::string text;
        for (const std::string& call : calls) {
            text += call.starts_with("write 2 ") ? call.substr(8) : "";
        }
        return text;
    }

    int sigprocmask(int how, const sigset_t* set, sigset_t* old) override {
        record("sigprocmask", how,
               ::sigismember(set, SIGTERM) == 1 ? "blocks TERM" : "lets TERM through");
        if (old != nullptr) {
            ::sigemptyset(old);
        }
        return 0;
    }
    int reset_signal(int signo) override {
        defaults.insert(signo);
        return 0;
    }
    std::set<int> defaults;  // signals that were set to their default
    int signalfd(const sigset_t*, int flags) override {
        record("signalfd", flags);
        return kSignalFd;
    }
    int kill(pid_t to, int signo) override {
        record("kill", to, signo);
        errno = kill_error;
        return kill_error == 0 ? 0 : -1;
    }
    int kill_error = 0;
    pid_t signal_sender = 0;  // of `signals`, which carry `queued_value` where they are queued
    bool queued = false;
    int queued_value = 0;

    pid_t fork() override {
        record("fork");
        errno = fork_error;
        return fork_error != 0 ? -1 : fork_result;
    }
    int execve(const char* path, char* const[], char* const env[]) override {
        record("execve", path);
        for (exec_env.clear(); *env != nullptr; ++env) {
            exec_env.emplace_back(*env);
        }
        const auto found = exec_error.find(path);
        if (found != exec_error.end() && found->second == 0) {
            throw ProcessGone{0};
        }
        errno = found == exec_error.end() ? ENOENT : found->second;
        return -1;
    }
    std::vector<std::string> exec_env;
    [[noreturn]] void exit_now(int code) override {
        record("exit", code);
        throw ProcessGone{code};
    }
    int wait_any(siginfo_t* info, int options) override {
        // Only preflight waits without WNOHANG, for its only child.
        if ((options & WNOHANG) == 0) {
            *info = preflight_end.value_or(exited(fork_result, 0));
            return 0;
        }
        wait_options = options;
        if (!children.empty()) {
            *info = children.front();
            children.pop_front();
            return 0;
        }
        if (has_children) {
            info->si_pid = 0;
            return 0;
        }
        errno = ECHILD;
        return -1;
    }
    int wait_options = 0;
    std::optional<siginfo_t> preflight_end;  // exit 0 unless set
    int prctl(int option, unsigned long value) override {
        record("prctl", option, value);
        return 0;
    }
    pid_t getpid() override { return pid; }
    pid_t getppid() override { return parent; }
    pid_t getpgrp() override { return pid; }
    uid_t geteuid() override { return 1000; }
    int setpgid(pid_t child, pid_t group) override {
        record("setpgid", child, group);
        return 0;
    }
    pid_t tcgetpgrp(int) override { return terminal_group; }
    int tcsetpgrp(int fd, pid_t group) override {
        record("tcsetpgrp", fd, group);
        terminal_group = group;
        return 0;
    }

    int pipe2(int ends[2], int flags) override {
        record("pipe2", flags);
        ends[0] = kReportFd;
        ends[1] = kReportFd + 1;
        return 0;
    }
    int socketpair(int ends[2]) override {
        ends[0] = kKeptFd;
        ends[1] = kKeptFd + 1;
        return 0;
    }
    int open(const char* path, int) override {
        record("open", path);
        int fd = 0;
        while (open_fds.contains(fd)) {
            ++fd;
        }
        open_fds.insert(fd);
        return fd;
    }
    int close(int fd) override {
        record("close", fd);
        open_fds.erase(fd);
        return 0;
    }
    int dup2(int fd, int as) override {
        record("dup2", fd, as);
        return as;
    }
    int lock(int fd, int command, struct flock* range) override {
        record(command == F_OFD_SETLK ? "lock" : "test", fd, range->l_start, range->l_len);
        errno = lock_error;
        range->l_type = static_cast<short>(
            command == F_OFD_GETLK && !locked_elsewhere ? F_UNLCK : range->l_type);
        return lock_error != 0 ? -1 : 0;
    }
    bool locked_elsewhere = false;
    int lock_error = 0;
    int close_range(unsigned first, unsigned last, int flags) override {
        record("close_range", first, last, flags);
        errno = ENOSYS;
        return has_close_range ? 0 : -1;
    }
    int keep_on_exec(int fd) override {
        record("keep_on_exec", fd);
        return 0;
    }
    int fcntl(int fd, int) override { return open_fds.contains(fd) ? 0 : -1; }
    ssize_t read(int fd, void* buffer, size_t size) override {
        return fd == kSignalFd ? read_signal(buffer) : read_pipe(buffer, size);
    }
    ssize_t write(int fd, const void* buffer, size_t size) override {
        record("write", fd, std::string_view{static_cast<const char*>(buffer), size});
        return static_cast<ssize_t>(size);
    }
    int poll(pollfd* fds, nfds_t count, int timeout_ms) override;
    std::vector<int> timeouts;  // of each poll() of the loop
    int stat(const char* path, struct stat* out) override {
        const auto found = stats.find(path);
        errno = ENOENT;
        return found == stats.end() ? -1 : (*out = found->second, 0);
    }
    std::string read_file(const std::string& path) override {
        return files.contains(path) ? files[path] : std::string{};
    }
    std::vector<std::string> list_directory(const std::string& path) override {
        return directories[path];
    }

    Time now() override { return clock; }
    Time since_boot() override { return clock; }
    Time wall_clock() override { return Time{1'769'860'800'123}; }  // 2026-01-31T12:00:00.123Z

    // Called in each poll() of the loop. A test changes the state here.
    std::function<void(FakeSys&)> on_poll;

private:
    template <class... Words>
    void record(std::string_view name, const Words&... words) {
        std::string call{name};
        ((call += ' ', append(call, words)), ...);
        calls.push_back(std::move(call));
    }
    static void append(std::string& call, std::string_view word) { call += word; }
    template <class Number>
        requires std::is_integral_v<Number>
    static void append(std::string& call, Number number) {
        call += std::to_string(number);
    }

    ssize_t read_signal(void* buffer) {
        if (signals.empty()) {
            errno = EAGAIN;
            return -1;
        }
        signalfd_siginfo info{};
        info.ssi_signo = static_cast<std::uint32_t>(signals.front());
        info.ssi_pid = static_cast<std::uint32_t>(signal_sender);
        info.ssi_code = queued ? SI_QUEUE : SI_USER;
        info.ssi_int = queued_value;
        signals.pop_front();
        std::memcpy(buffer, &info, sizeof info);
        return sizeof info;
    }
    ssize_t read_pipe(void* buffer, size_t size) {
        if (report_pending && report.empty()) {
            errno = EAGAIN;
            return -1;
        }
        const size_t count = std::min(size, report.size());
        std::memcpy(buffer, report.data(), count);
        report.erase(0, count);
        return static_cast<ssize_t>(count);
    }
};

inline int FakeSys::poll(pollfd* fds, nfds_t count, int timeout_ms) {
    if (count == 1) {  // the log asks whether standard error takes a line
        fds->revents = stderr_full ? short{0} : short{POLLOUT};
        return stderr_full ? 0 : 1;
    }
    timeouts.push_back(timeout_ms);
    if (--polls_left < 0) {
        throw ProcessGone{-1};
    }
    if (timeout_ms > 0) {
        clock += Time{timeout_ms};
    }
    if (on_poll) {
        on_poll(*this);
    }
    return 0;
}

}  // namespace arc::init
