// A small HTTP server. One thread reads requests and writes replies on all connections, and never
// blocks. Workers do all blocking work. Each kind of work has its own workers, so a scrape or a
// monitor that hangs delays no probe. limits.hpp limits its use of the machine's resources.
#pragma once

#include <cstddef>
#include <memory>

#include "http/handler.hpp"
#include "http/limits.hpp"
#include "net/tcp.hpp"

namespace arc::http {

struct ServerLimits {
    std::size_t connections = kMaxConnections;
    // Bytes of replies that clients have not read yet. Above it, the server closes the connections
    // whose clients have been reading for the longest time.
    std::size_t answers = std::size_t{64} * 1024 * 1024;
};

class Server {
public:
    // Starts serving. `listener` is a non-blocking listening socket. The server's threads inherit
    // the caller's signal mask. Throws std::system_error or std::bad_alloc if no thread or memory
    // is available.
    Server(Fd listener, Handler& handler, ServerLimits limits = {});
    // Ends the server's threads. Blocks until every worker has finished its current work.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace arc::http
