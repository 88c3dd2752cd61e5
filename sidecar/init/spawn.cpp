#include "init/spawn.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/exit_codes.hpp"
#include "base/suggest.hpp"
#include "init/signals.hpp"

namespace arc::init {
namespace {

// Docker's default, for a container with an empty PATH.
constexpr const char* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> result;
    result.reserve(words.size() + 1);
    for (std::string& word : words) {
        result.push_back(word.data());
    }
    result.push_back(nullptr);
    return result;
}

// The errors after which execvp() tries the next directory.
bool is_absent(int error) noexcept {
    return error == ENOENT || error == ENOTDIR || error == ENODEV || error == ESTALE ||
           error == ETIMEDOUT || error == ELOOP || error == ENAMETOOLONG;
}

// Returns only on failure. Reports the first file that exists but may not be executed, or else the
// last file that does not exist.
ExecFailure exec_first(Sys& sys, const Launch& launch, const std::vector<char*>& argv,
                       const std::vector<char*>& env) {
    ExecFailure failure{.error = ENOENT, .candidate = 0};
    bool denied = false;
    for (int i = 0; i < static_cast<int>(launch.candidates.size()); ++i) {
        sys.execve(launch.candidates[static_cast<size_t>(i)].c_str(), argv.data(), env.data());
        const int error = errno;
        if (!denied) {
            failure = {.error = error, .candidate = i};
        }
        denied = denied || error == EACCES;
        if (error != EACCES && !is_absent(error)) {
            return {.error = error, .candidate = i};
        }
    }
    return failure;
}

// Runs in the child. The order matters. The child takes the terminal while TTOU is blocked, because
// TTOU would stop it. It restores the mask last, so that pending signals reach a prepared child.
void prepare_child(Sys& sys, const Launch& launch, pid_t parent) {
    sys.setpgid(0, 0);
    if (launch.take_terminal) {
        sys.tcsetpgrp(0, sys.getpid());
    }
    if (launch.dies_with_parent) {
        sys.prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (sys.getppid() != parent) {
            sys.exit_now(kExitFailed);  // the parent died before prctl()
        }
    }
    if (launch.null_stdin) {
        sys.close(0);
        sys.open("/dev/null", O_RDONLY);
    }
    if (launch.output >= 0) {
        sys.dup2(launch.output, 1);
    }
    for (const int fd : launch.inherited) {
        sys.keep_on_exec(fd);
    }
    restore_signals(sys, launch.mask);
}

std::string explain_absent(Sys& sys, const Launch& launch) {
    for (const std::string& file : launch.candidates) {
        struct stat info{};
        if (sys.stat(file.c_str(), &info) == 0) {
            return file +
                   ": exists, but its interpreter or loader does not. Check its first line (#!) "
                   "and "
                   "the system that it was built for";
        }
    }
    if (launch.argv.front().contains('/')) {
        return launch.argv.front() + ": no such file. Check the path and the mounts";
    }
    std::string directories;
    for (const std::string& candidate : launch.candidates) {
        directories += (directories.empty() ? "" : ":") + candidate.substr(0, candidate.rfind('/'));
    }
    return fmt::format("{}: command not found in PATH ({}). Check the name or give its full path",
                       launch.argv.front(), directories);
}

std::string explain_denied(Sys& sys, const std::string& file) {
    struct stat info{};
    if (sys.stat(file.c_str(), &info) != 0) {
        return fmt::format(
            "{}: permission denied for uid {}: a parent directory cannot be searched", file,
            sys.geteuid());
    }
    if (S_ISDIR(info.st_mode)) {
        return file + ": is a directory, not a program";
    }
    if ((info.st_mode & 0111U) == 0) {
        return fmt::format("{}: is not executable (mode {:04o}). Run chmod +x on it", file,
                           info.st_mode & 07777U);
    }
    return fmt::format(
        "{}: permission denied for uid {} (mode {:04o}, owner {}:{}, or a noexec mount)", file,
        sys.geteuid(), info.st_mode & 07777U, info.st_uid, info.st_gid);
}

}  // namespace

std::expected<Child, int> spawn(Sys& sys, Launch& launch) {
    const std::vector<char*> argv = pointers(launch.argv);
    const std::vector<char*> env = pointers(launch.env);
    std::array<int, 2> ends{-1, -1};
    if (sys.pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) < 0) {
        return std::unexpected(errno);
    }
    const pid_t parent = sys.getpid();
    const pid_t pid = sys.fork();
    if (pid == 0) {
        prepare_child(sys, launch, parent);
        const ExecFailure failure = exec_first(sys, launch, argv, env);
        sys.write(ends[1], &failure, sizeof failure);
        sys.exit_now(not_executable_code(failure.error));
    }
    const int error = errno;
    sys.close(ends[1]);
    if (pid < 0) {
        sys.close(ends[0]);
        return std::unexpected(error);
    }
    // The child does the same. So the group exists before the next step of either process.
    sys.setpgid(pid, pid);
    return Child{.pid = pid, .report = ends[0]};
}

ExecReport read_report(Sys& sys, int report) {
    ExecReport result;
    // The child wrote it with one write() below PIPE_BUF, which is atomic.
    const ssize_t got = sys.read(report, &result.failure, sizeof result.failure);
    if (got < 0 && errno == EAGAIN) {
        return result;
    }
    result.state = got == static_cast<ssize_t>(sizeof result.failure) ? ExecReport::State::failed
                                                                      : ExecReport::State::running;
    return result;
}

std::vector<std::string> candidates_for(const std::string& name, const char* path) {
    if (name.contains('/')) {
        return {name};
    }
    std::vector<std::string> files;
    for (const std::string_view directory :
         split(path == nullptr || *path == '\0' ? kDefaultPath : path, ':')) {
        files.push_back((directory.empty() ? "." : std::string{directory}) + '/' + name);
    }
    return files;
}

int not_executable_code(int error) noexcept {
    return error == ENOENT || error == ENOTDIR ? kExitNotFound : kExitNotExecutable;
}

std::string explain_exec_failure(Sys& sys, const Launch& launch, const ExecFailure& failure) {
    const std::string& file = launch.candidates[static_cast<size_t>(failure.candidate)];
    if (is_absent(failure.error)) {
        return explain_absent(sys, launch);
    }
    if (failure.error == EACCES) {
        return explain_denied(sys, file);
    }
    if (failure.error == ENOEXEC) {
        utsname machine{};
        ::uname(&machine);
        return fmt::format(
            "{}: exec format error: built for another machine than {}, or a script without a #! "
            "line",
            file, machine.machine);
    }
    return fmt::format("{}: {}", file, ::strerrordesc_np(failure.error));
}

}  // namespace arc::init
