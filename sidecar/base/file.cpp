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

// Waits until there is something to read, or its end; false when the deadline comes first.
bool is_readable(int fd, Deadline deadline) {
    pollfd wanted{.fd = fd, .events = POLLIN, .revents = 0};
    int ready = 0;
    do {
        ready = ::poll(&wanted, 1, static_cast<int>(deadline.remaining().count()));
    } while (ready < 0 && errno == EINTR && !deadline.expired());
    return ready > 0;
}

// Appends what `fd` has to `text` until the end or until there is more than `limit`; the error of
// the read that failed, or 0.
int read_into(int fd, std::string& text, std::size_t limit) {
    const Deadline deadline = Deadline::after(kPipeLimit);
    struct stat info{};
    // Of a pipe that nobody writes into yet a read would say that this is its end.
    if (::fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode) && !is_readable(fd, deadline)) {
        return ETIMEDOUT;
    }
    std::array<char, 4096>
        buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
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
        return fail(ErrorKind::config, fmt::format("{}: a pipe whose text does not come to its end "
                                                   "within {} ms: give a file, or write into it",
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
