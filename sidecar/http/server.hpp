// A small HTTP server. One thread speaks HTTP over all connections and never blocks; what may block
// is done by workers, each kind with its own, so that a scrape, or a monitor that hangs, delays no
// probe. Everything it takes of the machine has a limit (limits.hpp).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "http/limits.hpp"
#include "net/http_client.hpp"
#include "net/tcp.hpp"

namespace arc::http {

// Who answers a request.
enum class Pool {
    immediate,  // the server's own thread
    probe,      // one worker; all who wait for a probe get what comes of the same question
    scrape,     // likewise
    forward,    // kForwardWorkers workers, each request by itself
};

using Body = std::shared_ptr<const std::string>;  // one text for all who get it

struct Reply {
    int status = 200;
    std::string phrase = {};  // empty: the usual one
    HttpHeaders headers = {};
    Body body = nullptr;  // nothing: empty. Left out by the server where the request was a HEAD
};

// What is answered. Its functions must outlive the server and never throw but for want of memory.
class Handler {
public:
    // The reply to any request of a pool, from what was asked once. Quick; called on a worker.
    using Rendering = std::function<Reply(const HttpMessage& request)>;

    Handler() = default;
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
    virtual ~Handler() = default;

    // On the server's thread: quick.
    [[nodiscard]] virtual Pool pool(const HttpMessage& request) const = 0;
    // how long a request may wait for its worker
    [[nodiscard]] virtual milliseconds time_limit(const HttpMessage& request) const = 0;
    [[nodiscard]] virtual Reply answer_now(
        // the reply to Pool::immediate, and to one that has waited that long
        const HttpMessage& request) = 0;

    // On a worker: may block. ask() is for Pool::probe and Pool::scrape, forward() for
    // Pool::forward.
    [[nodiscard]] virtual Rendering ask(Pool pool) = 0;
    [[nodiscard]] virtual Reply forward(const HttpMessage& request) = 0;
};

struct ServerLimits {
    std::size_t connections = kMaxConnections;
    // bytes that wait for their readers; beyond them the slowest reader is cut off
    std::size_t answers = std::size_t{64} * 1024 * 1024;
};

class Server {
public:
    // Serves from here on. `listener` is non-blocking. Its threads keep the caller's signal mask.
    // Throws std::system_error or std::bad_alloc where there is no thread or no memory left.
    Server(Fd listener, Handler& handler, ServerLimits limits = {});
    // Ends its threads: it may block as long as a worker is busy.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace arc::http
