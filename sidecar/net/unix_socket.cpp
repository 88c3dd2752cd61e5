#include "net/unix_socket.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <thread>

#include "base/units.hpp"

namespace arc {
namespace {

// Another file at the path refuses a connection, too.
bool is_other_file(const std::string& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0 && !S_ISSOCK(info.st_mode);
}

// ": the socket belongs to 999:999 (mode 0700)", as far as this process can see it.
std::string owner_of(const std::string& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) != 0
               ? ""
               : fmt::format(", and the socket belongs to {}:{} (mode {:04o})", info.st_uid,
                             info.st_gid, info.st_mode & 07777U);
}

std::unexpected<Error> failure(int code, const std::string& path) {
    if (code == EACCES || code == EPERM) {
        return fail(ErrorKind::config,
                    fmt::format("{}: permission denied for {}:{}{}. Let this user connect "
                                "(`unixsocketperm`)",
                                path, ::geteuid(), ::getegid(), owner_of(path)));
    }
    if (code == EPROTOTYPE || code == ENOTDIR || is_other_file(path)) {
        return fail(
            ErrorKind::config,
            fmt::format("{} is not a socket of a server. Name the socket in the URL", path));
    }
    if (code == ENOENT) {
        return fail(ErrorKind::refused, fmt::format("there is no socket {}", path));
    }
    const ErrorKind kind = is_shortage(code)      ? ErrorKind::shortage
                           : code == ECONNREFUSED ? ErrorKind::refused
                                                  : ErrorKind::unreachable;
    return fail(kind, fmt::format("{}: {}", path, ::strerrordesc_np(code)));
}

}  // namespace

Result<Fd> connect_unix(const std::string& path, Deadline deadline) {
    constexpr std::chrono::milliseconds pause{10};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string_view{path}.copy(address.sun_path, kMaxSocketPath);
    Fd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (socket.get() < 0) {
        return failure(errno, path);
    }
    // the socket interface requires the cast
    const auto* where = reinterpret_cast<const sockaddr*>(&address);
    while (::connect(socket.get(), where, sizeof address) != 0) {
        if (errno != EAGAIN && errno != EINTR) {
            return failure(errno, path);
        }
        // The server's queue is full. poll() does not wait for room in it.
        if (deadline.expired()) {
            return fail(ErrorKind::timeout, fmt::format("{}: no answer within {}", path,
                                                        format_duration(deadline.budget())));
        }
        std::this_thread::sleep_for(std::min(pause, deadline.remaining()));
    }
    return socket;
}

}  // namespace arc
