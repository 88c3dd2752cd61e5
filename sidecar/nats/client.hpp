// The client port: requests and answers over cnats, in the calling thread. cnats is run in its
// event loop mode, so that it starts neither a reading nor a flushing thread for the connection,
// and the client polls the socket itself: every wait is bounded by the caller's deadline.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "nats/config.hpp"
#include "nats/facts.hpp"

namespace arc::nats {

struct Request {
    std::string subject;
    std::string payload;  // empty: no payload
};

struct NoResponders {};  // nothing subscribes to that subject (status 503)

// The payload, or why it is missing.
using Answer = std::variant<std::string, NoResponders, Silent, Denied>;

class Client {
public:
    // Connects, authenticates and waits for the server's first PONG. Never reconnects. Every
    // address of the host is tried. Errors: unresolved, refused, timeout, unreachable, protocol
    // (not a nats-server), tls, config (a seed or a file of TLS), auth, rejected (the server's own
    // text), shortage (ours).
    [[nodiscard]] static Result<Client> connect(const NatsConfig& config, Deadline deadline);

    // Never blocks: drops unsent data.
    ~Client();
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;

    // Sends all requests at once. Their answers are received together, before the next send().
    // Errors as below.
    [[nodiscard]] Result<void> send(std::span<const Request> requests, Deadline deadline);

    // The answers to the requests of send(), in their order. If the user may not publish to a
    // subject, the server sends an -ERR instead of an answer. cnats keeps only the last of these,
    // so after one, each request without an answer is sent again by itself: a round may only have
    // requests that can be repeated. Never request a denied subject again on this connection.
    // Errors: timeout (no answer at all; may be called again), permission (to subscribe to the
    // answers), unreachable (the connection was closed), rejected.
    [[nodiscard]] Result<std::vector<Answer>> receive(Deadline deadline);

    // The payload of the answer to one request. A denied subject is an error of kind permission, a
    // subject without a subscriber one of kind rejected.
    [[nodiscard]] Result<std::string> request(const Request& request, Deadline deadline);

    [[nodiscard]] const std::string& server_id() const noexcept;
    // the server's number of this connection: `cid` of /connz
    [[nodiscard]] std::uint64_t connection_id() const noexcept;
    // the server's limit of a message, in bytes
    [[nodiscard]] std::int64_t max_payload() const noexcept;
    // the address in use is 127.0.0.0/8 or ::1
    [[nodiscard]] bool loopback() const noexcept;

private:
    struct Impl;
    explicit Client(std::unique_ptr<Impl> impl) noexcept;
    std::unique_ptr<Impl> impl_;
};

}  // namespace arc::nats
