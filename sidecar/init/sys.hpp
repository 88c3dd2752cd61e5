// The interface for all system calls of PID 1. Tests replace it, so they test this directory
// without processes. It also lists everything that PID 1 can do to the machine. Each function is
// the system call of the same name (man 2), with the same arguments and result and the error in
// errno. Comments describe differences. No function retries a call or interprets its result.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace arc::init {

// A time or a duration on the clock of the function.
using Time = std::chrono::milliseconds;

class Sys {
public:
    Sys() = default;
    Sys(const Sys&) = delete;
    Sys& operator=(const Sys&) = delete;
    virtual ~Sys() = default;

    // Signals.
    // pthread_sigmask()
    virtual int sigprocmask(int how, const sigset_t* set, sigset_t* old) = 0;
    // sigaction() to SIG_DFL, also for 32 and 33, which the C library reserves
    virtual int reset_signal(int signo) = 0;
    virtual int signalfd(const sigset_t* set, int flags) = 0;  // always a new descriptor
    virtual int kill(pid_t pid, int signo) = 0;

    // Processes.
    virtual pid_t fork() = 0;
    virtual int execve(const char* path, char* const argv[], char* const env[]) = 0;
    [[noreturn]] virtual void exit_now(int code) = 0;  // _exit
    // waitid(P_ALL). Without a result it sets si_pid to 0.
    virtual int wait_any(siginfo_t* info, int options) = 0;
    virtual int prctl(int option, unsigned long value) = 0;
    virtual pid_t getpid() = 0;
    virtual pid_t getppid() = 0;
    virtual pid_t getpgrp() = 0;
    virtual uid_t geteuid() = 0;
    virtual int setpgid(pid_t pid, pid_t group) = 0;
    virtual pid_t tcgetpgrp(int fd) = 0;
    virtual int tcsetpgrp(int fd, pid_t group) = 0;

    // Descriptors and files.
    virtual int pipe2(int ends[2], int flags) = 0;
    // AF_UNIX, SOCK_SEQPACKET, close-on-exec and non-blocking
    virtual int socketpair(int ends[2]) = 0;
    virtual int open(const char* path, int flags) = 0;
    virtual int close(int fd) = 0;
    virtual int dup2(int fd, int as) = 0;
    // fcntl(2) with F_OFD_SETLK or F_OFD_GETLK
    virtual int lock(int fd, int command, struct flock* range) = 0;
    virtual int close_range(unsigned first, unsigned last, int flags) = 0;
    virtual int fcntl(int fd, int command) = 0;
    virtual int keep_on_exec(int fd) = 0;  // fcntl(F_SETFD, 0)
    virtual ssize_t read(int fd, void* buffer, size_t size) = 0;
    virtual ssize_t write(int fd, const void* buffer, size_t size) = 0;
    virtual int poll(pollfd* fds, nfds_t count, int timeout_ms) = 0;
    virtual int stat(const char* path, struct stat* out) = 0;

    // Helpers for files of /proc and cgroups. The result is empty if the file cannot be read.
    // The first 16 KiB of a file.
    virtual std::string read_file(const std::string& path) = 0;
    // The names in a directory, without "." and "..".
    virtual std::vector<std::string> list_directory(const std::string& path) = 0;

    // Clocks.
    virtual Time now() = 0;         // CLOCK_MONOTONIC: for deadlines and durations
    virtual Time since_boot() = 0;  // CLOCK_BOOTTIME, as the start times in /proc/PID/stat
    virtual Time wall_clock() = 0;  // since the epoch, only for the log
};

// The real system calls. The object exists until the process ends.
[[nodiscard]] Sys& real_sys();

}  // namespace arc::init
