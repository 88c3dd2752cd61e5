// The greeting of the server on the client port, which it sends without credentials.
#pragma once

#include <cstdint>
#include <string>

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "net/listener.hpp"

namespace arc::nats {

extern const Protocol kProtocol;

// The server_id in the server's INFO. Errors as connect_tcp(), and protocol if the peer does not
// send one.
[[nodiscard]] Result<std::string> read_server_id(const std::string& address, std::uint16_t port,
                                                 Deadline deadline);

}  // namespace arc::nats
