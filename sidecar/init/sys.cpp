#include "init/sys.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <string_view>

namespace arc::init {
namespace {

Time read_clock(clockid_t clock) {
    timespec value{};
    ::clock_gettime(clock, &value);
    return std::chrono::duration_cast<Time>(std::chrono::seconds{value.tv_sec} +
                                            std::chrono::nanoseconds{value.tv_nsec});
}

class RealSys final : public Sys {
public:
    int sigprocmask(int how, const sigset_t* set, sigset_t* old) override {
        return ::pthread_sigmask(how, set, old);
    }
    // Calls the kernel directly. On every architecture, zeros mean SIG_DFL, no flags and an empty
    // mask, and a signal set has 8 bytes.
    int reset_signal(int signo) override {
        constexpr std::array<unsigned long, 8> defaults{};
        return static_cast<int>(::syscall(SYS_rt_sigaction, signo, defaults.data(), nullptr, 8UL));
    }
    int signalfd(const sigset_t* set, int flags) override { return ::signalfd(-1, set, flags); }
    int kill(pid_t pid, int signo) override { return ::kill(pid, signo); }

    pid_t fork() override { return ::fork(); }
    int execve(const char* path, char* const argv[], char* const env[]) override {
        return ::execve(path, argv, env);
    }
    [[noreturn]] void exit_now(int code) override { ::_exit(code); }
    int wait_any(siginfo_t* info, int options) override {
        return ::waitid(P_ALL, 0, info, options);
    }
    int prctl(int option, unsigned long value) override {
        return ::prctl(option, value, 0UL, 0UL, 0UL);
    }
    pid_t getpid() override { return ::getpid(); }
    pid_t getppid() override { return ::getppid(); }
    pid_t getpgrp() override { return ::getpgrp(); }
    uid_t geteuid() override { return ::geteuid(); }
    int setpgid(pid_t pid, pid_t group) override { return ::setpgid(pid, group); }
    pid_t tcgetpgrp(int fd) override { return ::tcgetpgrp(fd); }
    int tcsetpgrp(int fd, pid_t group) override { return ::tcsetpgrp(fd, group); }

    int pipe2(int ends[2], int flags) override { return ::pipe2(ends, flags); }
    int socketpair(int ends[2]) override {
        return ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends);
    }
    int open(const char* path, int flags) override { return ::open(path, flags); }
    int close(int fd) override { return ::close(fd); }
    int dup2(int fd, int as) override { return ::dup2(fd, as); }
    int lock(int fd, int command, struct flock* range) override {
        return ::fcntl(fd, command, range);
    }
    int close_range(unsigned first, unsigned last, int flags) override {
        return static_cast<int>(::syscall(SYS_close_range, first, last, flags));
    }
    int fcntl(int fd, int command) override { return ::fcntl(fd, command); }
    int keep_on_exec(int fd) override { return ::fcntl(fd, F_SETFD, 0); }
    ssize_t read(int fd, void* buffer, size_t size) override { return ::read(fd, buffer, size); }
    ssize_t write(int fd, const void* buffer, size_t size) override {
        return ::write(fd, buffer, size);
    }
    int poll(pollfd* fds, nfds_t count, int timeout_ms) override {
        return ::poll(fds, count, timeout_ms);
    }
    int stat(const char* path, struct stat* out) override { return ::stat(path, out); }

    std::string read_file(const std::string& path) override;
    std::vector<std::string> list_directory(const std::string& path) override;

    Time now() override { return read_clock(CLOCK_MONOTONIC); }
    Time since_boot() override { return read_clock(CLOCK_BOOTTIME); }
    Time wall_clock() override { return read_clock(CLOCK_REALTIME); }
};

std::string RealSys::read_file(const std::string& path) {
    constexpr size_t limit = 16'384;
    std::string text;
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return text;
    }
    std::array<char, 4096> block;
    ssize_t got = 0;
    while (text.size() < limit && (got = ::read(fd, block.data(), block.size())) > 0) {
        text.append(block.data(), static_cast<size_t>(got));
    }
    ::close(fd);
    return text;
}

std::vector<std::string> RealSys::list_directory(const std::string& path) {
    std::vector<std::string> names;
    DIR* directory = ::opendir(path.c_str());
    if (directory == nullptr) {
        return names;
    }
    // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
    while (const dirent* entry = ::readdir(directory)) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") {
            names.emplace_back(name);
        }
    }
    ::closedir(directory);
    return names;
}

}  // namespace

Sys& real_sys() {
    static RealSys sys;
    return sys;
}

}  // namespace arc::init
