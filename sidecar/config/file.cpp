#include "config/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace arc {
namespace {

std::unexpected<Error> unreadable(const std::string& path, int code) {
    return fail(ErrorKind::config, fmt::format("{}: cannot be read: {}", path, ::strerrordesc_np(code)));
}

// Appends what `fd` has to `text` until the end or until there is more than `limit`; the error of the read that failed, or 0.
int read_into(int fd, std::string& text, std::size_t limit) {
    std::array<char, 4096> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
    while (text.size() <= limit) {
        const ssize_t size = ::read(fd, buffer.data(), buffer.size());
        if (size == 0) {
            return 0;
        }
        if (size > 0) {
            text.append(buffer.data(), static_cast<std::size_t>(size));
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

}  // namespace

Result<std::string> read_whole(const std::string& path, std::size_t limit) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return unreadable(path, errno);
    }
    std::string text;
    const int code = read_into(fd, text, limit);
    ::close(fd);
    if (code != 0) {
        return unreadable(path, code);
    }
    if (text.size() > limit) {
        return fail(ErrorKind::config, fmt::format("{}: longer than {} bytes", path, limit));
    }
    return text;
}

}  // namespace arc
