#include "http/connection.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace arc::http {
namespace {

constexpr std::size_t kBlock = std::size_t{16} * 1024;

bool would_block() {
    return errno == EAGAIN || errno == EINTR;
}

}  // namespace

Transfer ClientConnection::receive(Time now) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): recv() fills it
    std::array<char, kBlock> bytes;
    const ssize_t size =
        ::recv(socket.get(), bytes.data(), std::min(bytes.size(), kMaxInput - input.size()), 0);
    if (size <= 0) {
        return size < 0 && would_block() ? Transfer::blocked : Transfer::closed;
    }
    if (input.empty()) {
        since = now;
    }
    input.append(bytes.data(), static_cast<std::size_t>(size));
    return Transfer::done;
}

void ClientConnection::start_reply(const Reply& reply, bool head_only, Time now) {
    head = format_head(reply, keep);
    job.reset();
    body = head_only ? nullptr : reply.body;
    sent = 0;
    state = State::writing;
    since = now;
    progress = now;
}

Transfer ClientConnection::send(Time now) {
    while (unsent() > 0) {
        const std::size_t of_head = std::min(sent, head.size());
        const std::string_view rest = std::string_view(head).substr(of_head);
        const std::string_view behind =
            body ? std::string_view(*body).substr(sent - of_head) : std::string_view{};
        // NOLINTBEGIN(cppcoreguidelines-pro-type-const-cast): sendmsg(2) only reads them
        std::array<iovec, 2> parts{
            {{.iov_base = const_cast<char*>(rest.data()), .iov_len = rest.size()},
             {.iov_base = const_cast<char*>(behind.data()), .iov_len = behind.size()}}};
        // NOLINTEND(cppcoreguidelines-pro-type-const-cast)
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = parts.size();
        const ssize_t size = ::sendmsg(socket.get(), &message, MSG_NOSIGNAL);
        if (size < 0) {
            return would_block() ? Transfer::blocked : Transfer::closed;
        }
        sent += static_cast<std::size_t>(size);
        progress = now;
    }
    return Transfer::done;
}

bool ClientConnection::finish_reply(Time now) {
    head.clear();
    body.reset();
    sent = 0;
    since = now;
    if (keep) {
        state = State::reading;
        pipelined = !input.empty();
        return true;
    }
    // close() with unread bytes of the client would reset the connection, and the client would lose
    // the reply. So the server only ends its own stream.
    input.clear();
    state = State::closing;
    return ::shutdown(socket.get(), SHUT_WR) == 0;
}

Transfer ClientConnection::discard() {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): nothing reads it
    std::array<char, kBlock> bytes;
    const ssize_t size = ::recv(socket.get(), bytes.data(), bytes.size(), 0);
    if (size > 0) {
        return Transfer::done;
    }
    return size < 0 && would_block() ? Transfer::blocked : Transfer::closed;
}

}  // namespace arc::http
