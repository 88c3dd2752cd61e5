// All I/O with the server. hiredis encodes and parses the protocol (RESP2), but its connection is
// not used: it calls getaddrinfo() even for a literal address, has no deadline for a whole
// exchange, and raises SIGPIPE.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "net/listener.hpp"
#include "net/tls_options.hpp"
#include "net/url.hpp"
#include "resp/protocol.hpp"

namespace arc::resp {

extern const Protocol kProtocol;

// The result of one exchange.
struct Exchanged {
    std::vector<Reply> replies;
    std::chrono::microseconds connecting{0};  // time to connect, including TLS
};

// Connects, sends all commands at once and reads one reply for each, in order. A server that
// rejects a client (too many clients, protected mode) sends one error reply and closes: that reply
// is then the only one. The last `optional` commands may have no reply before the deadline.
// A URL of the scheme unix is a socket in the file system. `tls` applies if the URL's scheme is
// rediss. Errors: unresolved, refused, timeout, unreachable; tls (also for a plain client of a port
// with TLS) and config (a TLS file, a socket that may not be used); protocol for a peer that does
// not speak RESP or exceeds `limits`.
[[nodiscard]] Result<Exchanged> ask(const Url& server, const TlsOptions& tls,
                                    std::span<const Command> commands, Deadline deadline,
                                    const ReplyLimits& limits = {}, std::size_t optional = 0);

// The same question to several servers at once, one answer for each, in their order. All of them
// share the deadline.
[[nodiscard]] std::vector<Result<Exchanged>> ask_each(std::span<const Url> servers,
                                                      const TlsOptions& tls,
                                                      std::span<const Command> commands,
                                                      Deadline deadline,
                                                      const ReplyLimits& limits = {});

// Views into the texts; empty: not configured.
struct Credentials {
    std::string_view user;
    std::string_view password;
};

// AUTH, if there are credentials, otherwise nothing.
[[nodiscard]] std::vector<Command> auth_command(const Credentials& credentials);

}  // namespace arc::resp
