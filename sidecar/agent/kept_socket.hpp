// The listening socket beyond the agent's own life. PID 1 holds both ends of a socket pair and
// never reads them; the agent gets them, too, and sends itself its listening socket through them.
// It stays in their queue when the agent dies: clients that connect meanwhile wait in its backlog,
// and the next agent takes it from there.
#pragma once

#include <string>

#include "net/tcp.hpp"

namespace arc::agent {

class KeptSocket {
public:
    // The two ends by ARC_KEPT_SOCKETS ("5:6"); anything else, as when a shell started the agent,
    // keeps nothing. The ends are PID 1's choice and stay open.
    KeptSocket();
    KeptSocket(int in, int out) noexcept : in_(in), out_(out) {}

    // The socket kept for `place`; nothing (-1) when there is none, or when it listens elsewhere.
    // It stays kept.
    [[nodiscard]] Fd take(const std::string& place) const;

    // Keeps `listener` under the name `place` (at most 255 bytes), in place of whatever was kept
    // before. Without effect where it cannot.
    void keep(const Fd& listener, const std::string& place) const;

private:
    int in_ = -1;   // is sent into
    int out_ = -1;  // is received from
};

}  // namespace arc::agent
