#include "base/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace arc {
namespace {

std::unexpected<Error> unreadable(const std::string& path, int code) {
    return fail(ErrorKind::config,
                fmt::format("{}: cannot be read: {}", path, ::strerrordesc_np(code)));
}

// Waits for bytes or the end of the file. False if the deadline passes first.
bool is_readable(int fd, Deadline deadline) {
    pollfd wanted{.fd = fd, .events = POLLIN, .revents = 0};
    int ready = 0;
    do {
        ready = ::poll(&wanted, 1, static_cast<int>(deadline.remaining().count()));
    } while (ready < 0 && errno == EINTR && !deadline.expired());
    return ready > 0;
}

// Appends bytes of `fd` to `text` up to the end of the file, or until `text` exceeds `limit`.
// Returns 0 or the errno of a failed read().
int read_into(int fd, std::string& text, std::size_t limit) {
    const Deadline deadline = Deadline::after(kPipeLimit);
    struct stat info{};
    // As long as no process has opened a FIFO for writing, read() would report the end of the file.
    if (::fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode) && !is_readable(fd, deadline)) {
        return ETIMEDOUT;
    }
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): read() fills it
    std::array<char, 4096> buffer;
    while (text.size() <= limit) {
        const ssize_t size = ::read(fd, buffer.data(), buffer.size());
        if (size == 0) {
            return 0;
        }
        if (size > 0) {
            text.append(buffer.data(), static_cast<std::size_t>(size));
        } else if (errno == EAGAIN && !is_readable(fd, deadline)) {
            return ETIMEDOUT;
        } else if (errno != EINTR && errno != EAGAIN) {
            return errno;
        }
    }
    return 0;
}

}  // namespace

Result<std::string> read_whole(const std::string& path, std::size_t limit) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        return unreadable(path, errno);
    }
    std::string text;
    const int code = read_into(fd, text, limit);
    ::close(fd);
    if (code == ETIMEDOUT) {
        return fail(ErrorKind::config, fmt::format("{}: the pipe did not end within {} ms. Use a "
                                                   "file, or close the pipe after writing",
                                                   path, kPipeLimit.count()));
    }
    if (code != 0) {
        return unreadable(path, code);
    }
    if (text.size() > limit) {
        return fail(ErrorKind::config, fmt::format("{}: longer than {} bytes", path, limit));
    }
    return text;
}

}  // namespace arc
