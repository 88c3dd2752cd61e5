#include "agent/kept_socket.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace arc::agent {
namespace {

constexpr std::size_t kMaxPlace = 255;

struct Received {
    std::string place;
    Fd socket;
};

// The first message in the queue: with MSG_PEEK it stays there, and its socket is a duplicate all
// the same (unix(7)).
Received receive(int end, int flags) {
    std::array<char, kMaxPlace> name{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    iovec part{.iov_base = name.data(), .iov_len = name.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(end, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC | flags);
    Received received;
    const cmsghdr* header = size > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
    if (header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
        received.socket = Fd{fd};
        received.place.assign(name.data(), static_cast<std::size_t>(size));
    }
    return received;
}

bool listens(int fd) {
    int yes = 0;
    socklen_t size = sizeof yes;
    return fd >= 0 && ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == 0 && yes != 0;
}

}  // namespace

KeptSocket::KeptSocket() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets variables
    const char* text = std::getenv("ARC_KEPT_SOCKETS");
    const std::string_view ends = text == nullptr ? std::string_view{} : text;
    int in = -1;
    int out = -1;
    const auto first = std::from_chars(ends.data(), ends.data() + ends.size(), in);
    const bool two =
        first.ec == std::errc{} && first.ptr != ends.data() + ends.size() && *first.ptr == ':';
    if (two && std::from_chars(first.ptr + 1, ends.data() + ends.size(), out).ec == std::errc{}) {
        in_ = in;
        out_ = out;
    }
}

Fd KeptSocket::take(const std::string& place) const {
    Received received = receive(out_, MSG_PEEK);
    return received.place == place && listens(received.socket.get()) ? std::move(received.socket)
                                                                     : Fd{};
}

void KeptSocket::keep(const Fd& listener, const std::string& place) const {
    while (receive(out_, 0).socket.get() >= 0) {
    }
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): sendmsg(2) only reads it
    iovec part{.iov_base = const_cast<char*>(place.data()),
               .iov_len = std::min(place.size(), kMaxPlace)};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    const int fd = listener.get();
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
    [[maybe_unused]] const ssize_t sent = ::sendmsg(in_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace arc::agent
