// All I/O with the server: a connection of our own, hiredis for the protocol (RESP2). hiredis's own
// connection is not used: it asks getaddrinfo() even for a literal address, has no deadline for a
// whole exchange, and raises SIGPIPE.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "net/tls_options.hpp"
#include "net/url.hpp"
#include "redis/resp.hpp"

namespace arc::redis {

// What came of one exchange.
struct Exchanged {
    std::vector<Reply> replies;
    std::chrono::microseconds connecting{0};  // until the connection stood, TLS included
};

// Connects, sends all commands at once and reads one reply each, in order. A server that refuses a
// client (too many clients, protected mode) says so in one error reply and closes: then that reply
// is the only one. The last `optional` commands may stay without a reply until the deadline.
// `tls` is used where the URL's scheme is rediss.
// Errors: unresolved, refused, timeout, unreachable; tls and config (a file of TLS); protocol for a
// peer that does not speak RESP or says more than `limits`.
[[nodiscard]] Result<Exchanged> ask(const Url& server, const TlsOptions& tls,
                                    std::span<const Command> commands, Deadline deadline,
                                    const ReplyLimits& limits = {}, std::size_t optional = 0);

}  // namespace arc::redis
