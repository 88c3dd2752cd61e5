#include "pulsar/probe_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <thread>

namespace arc::pulsar {
namespace {

// "arc-sidecar-10000-127.0.0.1_8080.lock". The user id avoids a conflict with another user in /tmp.
std::string file_name(const std::string& broker) {
    std::string safe;
    for (const char c : broker) {
        safe += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' ? c : '_';
    }
    return fmt::format("arc-sidecar-{}-{}.lock", ::geteuid(), safe);
}

// Opens a regular file of this user (root may use any). Rejects a link or a file of another user.
int open_own(const std::string& path) {
    const int fd =
        ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    struct stat info{};
    const bool ours = fd >= 0 && ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
                      (info.st_uid == ::geteuid() || ::geteuid() == 0);
    if (fd >= 0 && !ours) {
        ::close(fd);
        return -1;
    }
    return fd;
}

int open_lock(const std::string& state_dir, const std::string& broker) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    const std::array<std::string, 3> directories{state_dir, runtime == nullptr ? "" : runtime,
                                                 "/tmp"};
    for (const std::string& directory : directories) {
        const int fd =
            directory.starts_with('/') ? open_own(directory + "/" + file_name(broker)) : -1;
        if (fd >= 0) {
            return fd;
        }
    }
    return -1;
}

}  // namespace

ProbeLock::ProbeLock(const std::string& state_dir, const std::string& broker)
    : fd_(open_lock(state_dir, broker)) {
    if (fd_ >= 0) {
        state_ = ::flock(fd_, LOCK_EX | LOCK_NB) == 0 ? State::taken : State::busy;
    }
}

std::chrono::milliseconds ProbeLock::wait(Deadline deadline) {
    constexpr std::chrono::milliseconds pause{20};
    const auto started = Deadline::Clock::now();
    while (state_ == State::busy && !deadline.expired()) {
        std::this_thread::sleep_for(std::min(pause, deadline.remaining()));
        state_ = ::flock(fd_, LOCK_EX | LOCK_NB) == 0 ? State::taken : State::busy;
    }
    return std::chrono::duration_cast<std::chrono::milliseconds>(Deadline::Clock::now() - started);
}

ProbeLock::~ProbeLock() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

std::optional<Unanswered> ProbeLock::last_unanswered() const {
    std::array<char, 64> text{};
    const ssize_t size = ::pread(fd_, text.data(), text.size(), 0);
    if (size <= 0) {
        return std::nullopt;
    }
    const char* end = text.data() + size;
    Unanswered question;
    const auto asked = std::from_chars(text.data(), end, question.asked_ms);
    if (asked.ec != std::errc{} || asked.ptr == end || *asked.ptr != ' ') {
        return std::nullopt;
    }
    const auto waited = std::from_chars(asked.ptr + 1, end, question.waited_ms);
    return waited.ec == std::errc{} ? std::optional{question} : std::nullopt;
}

void ProbeLock::remember(const Unanswered& question) const {
    const std::string text = fmt::format("{} {}\n", question.asked_ms, question.waited_ms);
    // After a failure (a full disk) the next request may come too early. That must not fail a
    // check.
    if (fd_ >= 0 && (::ftruncate(fd_, 0) != 0 || ::pwrite(fd_, text.data(), text.size(), 0) < 0)) {
        errno = 0;
    }
}

void ProbeLock::forget() const {
    struct stat info{};
    // A successful probe does not write to the disk unless there is a record.
    if (fd_ >= 0 && ::fstat(fd_, &info) == 0 && info.st_size > 0 && ::ftruncate(fd_, 0) != 0) {
        errno = 0;
    }
}

}  // namespace arc::pulsar
