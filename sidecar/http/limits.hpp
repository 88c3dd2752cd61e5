// What the HTTP endpoint may take of the container that it shares with the server. Fixed on
// purpose: nobody has to tune them, and docs/metrics.md names them. With all of them reached at
// once the agent stays below its memory cap (agent/resources.hpp).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace arc::http {

using std::chrono::milliseconds;

// --- connections ---

// one more, and the one that is missed least is closed: idle for longest, else slowest
inline constexpr std::size_t kMaxConnections = 256;
// of the process's limit, kept back for its own questions to the server
inline constexpr std::size_t kReservedDescriptors = 48;
// connections that the kernel keeps for us until they are accepted
inline constexpr int kBacklog = 512;
// bytes in the kernel for each connection, which count as the container's memory, too;
inline constexpr int kReceiveBuffer = 16 * 1024;
inline constexpr int kSendBuffer = 32 * 1024;  // the kernel doubles them (socket(7))

// Of all connections so many eighths may wait for a scrape or for the monitor; one more is answered
// 503. The others are for probes.
inline constexpr std::size_t kWaitingEighths = 7;

// A connection in its first second is closed only where no older one can be.
inline constexpr milliseconds kYoung{1'000};

// --- what comes in ---

// bytes of a request's first line and fields
inline constexpr std::size_t kMaxHead = std::size_t{16} * 1024;
inline constexpr std::size_t kMaxEmptyLines = 4;                 // before it
inline constexpr std::size_t kMaxFields = 100;                   // fields of a request
inline constexpr std::size_t kMaxBody = std::size_t{64} * 1024;  // bytes of a request's body
// bytes of unfinished requests of all connections
inline constexpr std::size_t kMaxIn = std::size_t{4} * 1024 * 1024;
inline constexpr milliseconds kIdleTime{60'000};  // without a request
// from a request's first byte to its last
inline constexpr milliseconds kRequestTime{10'000};

// --- what goes out ---

inline constexpr milliseconds kStallTime{10'000};   // of an answer: without a byte taken
inline constexpr milliseconds kAnswerTime{60'000};  // of an answer: in all
inline constexpr milliseconds kLingerTime{1'000};   // for a client to hear why its connection ends

// Answers that wait for their readers and answers of the monitor that are being received are shares
// of the agent's memory cap. Of the smallest cap, 64 MiB, that is 21 and 4 MiB; of the largest, 512
// MiB, 170 and 32 MiB.
inline constexpr std::size_t kAnswersShare = 3;
inline constexpr std::size_t kForwardShare = 16;

// --- work ---

// of each such stretch of time the server's thread takes
inline constexpr milliseconds kCpuWindow{100};
inline constexpr milliseconds kCpuTime{30};  // so much of one processor, and sleeps for the rest
// requests for the monitor that wait for a worker; one more is answered 503
inline constexpr std::size_t kMaxQueue = 32;
inline constexpr int kForwardWorkers = 2;         // requests to the monitor at one time
inline constexpr double kForwardsPerSecond = 20;  // requests to the monitor on average
inline constexpr double kForwardBurst = 60;       // and at once

// After a scrape or a request to the monitor that took some time its worker rests for so many times
// as long: for three quarters of the time the server is not asked. Never for longer than
// kLongestPause.
inline constexpr int kPauseFactor = 3;
inline constexpr milliseconds kLongestPause{1'000};

}  // namespace arc::http
