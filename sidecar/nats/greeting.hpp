// What listens on a client port, by its own words on a new connection: for the cause of a failed
// connection, and for the server's id without credentials.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/deadline.hpp"
#include "base/error.hpp"

namespace arc::nats {

// The server_id in the server's INFO. Errors as connect_tcp(), and protocol if the peer does not
// send one.
[[nodiscard]] Result<std::string> read_server_id(const std::string& address, std::uint16_t port,
                                                 Deadline deadline);

// Why the peer at `address` did not let a client in, after `error`. A nats-server that rejects a
// client sends the reason and closes the connection. A peer that sends nothing is sent the start of
// a TLS handshake, which a TLS server, an HTTP server or another program answers. Returns `error`
// if none of these gives the reason.
[[nodiscard]] Error explain_connection(Error error, const std::string& address, std::uint16_t port,
                                       Deadline deadline);

// The same for `error` of a TLS handshake before INFO: a peer that sends a nats-server's INFO
// first.
[[nodiscard]] Error plain_greeting(Error error, const std::string& address, std::uint16_t port,
                                   Deadline deadline);

// The text of the first -ERR in `greeting`; empty: none.
[[nodiscard]] std::string_view refusal_in(std::string_view greeting) noexcept;

}  // namespace arc::nats
