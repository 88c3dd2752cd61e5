// A small HTTP server over libevent. One thread speaks HTTP; requests are answered by worker threads, which may block (each bounded by a
// deadline of its own), so that one who asks a slow server keeps nobody else waiting.
#pragma once

#include <functional>
#include <memory>

#include "net/http.hpp"
#include "net/tcp.hpp"

namespace arc::front {

// Which workers answer: a lane has its own, and its own queue. What asks a server that may hang must not delay what does not.
enum class Lane { own, passed };

struct Routes {
    std::function<Lane(const HttpMessage& request)> lane;           // on the server's thread: quick
    std::function<HttpMessage(const HttpMessage& request)> answer;  // on a worker: never throws
};

inline constexpr std::size_t kMaxQueue = 64;  // requests of a lane that wait for a worker; one more is answered 503

// Limits on what comes in: a request's headers, its body, and how long a client may be silent.
inline constexpr long kMaxHeaders = 16L * 1024;
inline constexpr long kMaxBody = 64L * 1024;
inline constexpr int kIdleSeconds = 60;

class Server {
public:
    // Serves from here on. `listener` is non-blocking. Its threads keep the caller's signal mask.
    Server(Fd listener, Routes routes);
    // Answers what is being worked on, then ends its threads: it may block as long as an answer takes.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace arc::front
