// One connection of a client: its socket, its buffers and its state. Only the server's thread uses
// connections.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "http/handler.hpp"
#include "http/request.hpp"
#include "http/worker_pool.hpp"
#include "net/tcp.hpp"

namespace arc::http {

using Time = std::chrono::steady_clock::time_point;

// Bytes that the server buffers for a connection until they form a request.
inline constexpr std::size_t kMaxInput = kMostIncomplete;

// The result of reading or writing without blocking.
enum class Transfer {
    blocked,  // the kernel has no bytes, or accepts none, at the moment
    done,
    closed,  // the client has closed the connection, or it failed
};

struct ClientConnection {
    enum class State {
        reading,  // reads until a request is complete
        // Waits for a worker and reads nothing. Bytes that the client sends meanwhile stay in the
        // kernel's buffer, which has a fixed size.
        waiting,
        writing,  // writes the reply
        closing,  // has sent the reply and the end of the stream; waits for the client to close
    };

    ClientConnection(Fd given, Time now) : socket(std::move(given)), since(now) {}

    // Appends received bytes to `input`.
    [[nodiscard]] Transfer receive(Time now);

    // Sets the reply to send. Throws std::bad_alloc before it changes anything.
    void start_reply(const Reply& reply, bool head_only, Time now);

    // Sends the rest of the reply. Done: all of it is sent.
    [[nodiscard]] Transfer send(Time now);

    // After the reply: reads the next request, or ends the stream. False if that failed.
    [[nodiscard]] bool finish_reply(Time now);

    // Reads and ignores bytes. Closed: the client has closed the connection.
    [[nodiscard]] Transfer discard();

    // Bytes of the reply that are not sent yet.
    [[nodiscard]] std::size_t unsent() const {
        return head.size() + (body ? body->size() : 0) - sent;
    }

    Fd socket;
    State state = State::reading;
    Time since;          // start of the state; in `reading`, arrival of the request's first byte
    std::string input;   // at most kMaxInput bytes
    bool is_new = true;  // the server has not handled its events yet
    bool pipelined = false;  // `input` may contain a complete request that followed the last one
    bool keep = false;       // the connection stays open after this reply

    // In `waiting`:
    JobPtr job;
    Pool pool{};
    Time reply_by;  // the end of the request's time limit

    // In `writing`:
    Time progress;  // the last time that the client accepted bytes
    std::string head;
    Body body;
    std::size_t sent = 0;  // bytes of head and body
};

// By number. Numbers increase, so the oldest connection comes first.
using Connections = std::map<std::uint64_t, ClientConnection>;

}  // namespace arc::http
