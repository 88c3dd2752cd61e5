// The interface between the HTTP server and the program that answers requests.
#pragma once

#include <functional>

#include "http/limits.hpp"
#include "http/reply.hpp"
#include "net/http_client.hpp"

namespace arc::http {

// The threads that answer a request.
enum class Pool {
    immediate,  // the server's own thread
    probe,      // one worker, which answers all waiting probes with the result of one query
    scrape,     // the same for scrapes
    forward,    // kForwardWorkers workers, which forward one request at a time
};

// Answers requests. It must outlive the server. Its functions throw only if memory runs out.
class Handler {
public:
    // Makes the reply to one request of a pool from the result of the pool's query. Must not block.
    // A worker calls it.
    using Rendering = std::function<Reply(const HttpMessage& request)>;

    Handler() = default;
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
    virtual ~Handler() = default;

    // The server's thread calls these three. They must not block.
    [[nodiscard]] virtual Pool pool(const HttpMessage& request) const = 0;
    // The time that a request may wait for its worker.
    [[nodiscard]] virtual milliseconds time_limit(const HttpMessage& request) const = 0;
    // Answers requests of Pool::immediate, and requests whose time limit has ended.
    [[nodiscard]] virtual Reply answer_now(const HttpMessage& request) = 0;

    // Workers call these two. They may block. ask() makes the query of Pool::probe or Pool::scrape.
    // forward() answers one request of Pool::forward.
    [[nodiscard]] virtual Rendering ask(Pool pool) = 0;
    [[nodiscard]] virtual Reply forward(const HttpMessage& request) = 0;
};

}  // namespace arc::http
