// The limits of the HTTP endpoint, which shares its container with the server. They are constants,
// so no operator has to tune them; docs/metrics.md documents them. If all are reached at once, the
// agent still stays below its memory limit (agent/resources.hpp).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace arc::http {

using std::chrono::milliseconds;

// --- connections ---

// For one connection more, the server closes another one (http/eviction.hpp).
inline constexpr std::size_t kMaxConnections = 256;
// Descriptors that the process reserves for its own queries to the server.
inline constexpr std::size_t kReservedDescriptors = 48;
// Connections that the kernel queues until the server accepts them.
inline constexpr int kBacklog = 512;
// Bytes of each connection's buffers in the kernel, which doubles them (socket(7)). They count as
// the container's memory.
inline constexpr int kReceiveBuffer = 16 * 1024;
inline constexpr int kSendBuffer = 32 * 1024;

// The share of all connections that may wait for a scrape or for the monitor, in eighths. A further
// request gets 503. So an eighth of all connections is left for probes.
inline constexpr std::size_t kWaitingEighths = 7;

// A connection in its first second is closed only if there is no older one to close.
inline constexpr milliseconds kYoung{1'000};

// --- requests ---

// Bytes of the request line and the headers.
inline constexpr std::size_t kMaxHead = std::size_t{16} * 1024;
// Empty lines before the request line.
inline constexpr std::size_t kMaxEmptyLines = 4;
// Headers of a request.
inline constexpr std::size_t kMaxFields = 100;
// Bytes of a request's body.
inline constexpr std::size_t kMaxBody = std::size_t{64} * 1024;
// Bytes of incomplete requests on all connections.
inline constexpr std::size_t kMaxIn = std::size_t{4} * 1024 * 1024;
// The longest time without a request.
inline constexpr milliseconds kIdleTime{60'000};
// The longest time from a request's first byte to its last.
inline constexpr milliseconds kRequestTime{10'000};

// --- replies ---

// The longest time in which the client accepts no byte of a reply.
inline constexpr milliseconds kStallTime{10'000};
// The longest time for a whole reply.
inline constexpr milliseconds kAnswerTime{60'000};
// The time after the last reply for the client to read it and to close the connection.
inline constexpr milliseconds kLingerTime{1'000};

// The memory for unsent replies, and for each reply of the monitor while it is received, as
// fractions of the agent's memory limit. Of the smallest limit, 64 MiB, they are 21 and 4 MiB. Of
// the largest, 512 MiB, they are 170 and 32 MiB.
inline constexpr std::size_t kAnswersShare = 3;
inline constexpr std::size_t kForwardShare = 16;

// --- work ---

// In each window of kCpuWindow, the server's thread uses at most kCpuTime of one processor. It
// sleeps for the rest of the window.
inline constexpr milliseconds kCpuWindow{100};
inline constexpr milliseconds kCpuTime{30};
// Requests that wait to be forwarded to the monitor. A further request gets 503.
inline constexpr std::size_t kMaxQueue = 32;
// Requests that are forwarded to the monitor at the same time.
inline constexpr int kForwardWorkers = 2;
// Requests that are forwarded per second, on average and in a burst.
inline constexpr double kForwardsPerSecond = 20;
inline constexpr double kForwardBurst = 60;

// After a scrape or a forwarded request, the worker pauses for kPauseFactor times as long, and for
// kLongestPause at most. So workers query the server for at most a quarter of the time.
inline constexpr int kPauseFactor = 3;
inline constexpr milliseconds kLongestPause{1'000};

}  // namespace arc::http
