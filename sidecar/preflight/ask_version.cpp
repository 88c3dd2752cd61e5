#include "preflight/ask_version.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace arc::preflight {
namespace {

constexpr std::size_t kLimit = 4U << 10U;
constexpr Deadline::Duration kPatience{1'000};

// Starts `program --version` with its output in `output`. nullopt: not started.
std::optional<pid_t> start(const std::string& program, int output) {
    posix_spawn_file_actions_t files{};
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    std::string name = program;
    std::string flag = "--version";
    const std::array<char*, 3> arguments{name.data(), flag.data(), nullptr};
    pid_t pid = 0;
    const int failed =
        ::posix_spawnp(&pid, program.c_str(), &files, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    return failed == 0 ? std::optional{pid} : std::nullopt;
}

// Everything up to the end of the output. nullopt: no end before the deadline.
std::optional<std::string> read_all(int output, Deadline deadline) {
    std::string text;
    std::array<char, 1024> buffer{};
    while (text.size() < kLimit) {
        pollfd waiting{.fd = output, .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, static_cast<int>(deadline.remaining().count())) <= 0) {
            return std::nullopt;
        }
        const ssize_t count = ::read(output, buffer.data(), buffer.size());
        if (count <= 0) {
            break;
        }
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
}

}  // namespace

std::optional<std::string> ask_version(const std::string& program, Deadline deadline) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return std::nullopt;
    }
    const auto [output, input] = ends;
    const auto pid = start(program, input);
    ::close(input);  // so that the output ends with the program
    const auto text = pid ? read_all(output, deadline.capped(kPatience)) : std::nullopt;
    ::close(output);
    if (!pid) {
        return std::nullopt;
    }
    // It has said all, or it will not.
    ::kill(*pid, SIGKILL);
    int status = 0;
    ::waitpid(*pid, &status, 0);
    if (!text) {
        return std::nullopt;
    }
    std::string line = text->substr(0, text->find_first_of("\r\n"));
    return line.empty() ? std::nullopt : std::optional{std::move(line)};
}

}  // namespace arc::preflight
