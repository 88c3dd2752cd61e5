// The write probe, where nats.canary asks for it: on a disk that is full every question is answered
// well and only a message is refused. It goes to a stream of its own that holds one
// message for an hour; no other stream is ever written to.
#pragma once

#include "base/deadline.hpp"
#include "nats/client.hpp"
#include "nats/facts.hpp"

namespace arc::nats {

inline constexpr const char* kCanaryStream = "ARC_SIDECAR_CANARY";
inline constexpr const char* kCanarySubject = "_ARC_SIDECAR.canary";

// Several blocks of a file system: a message of one byte still fits into the last block of a
// full disk.
inline constexpr std::size_t kCanaryBytes = std::size_t{16} * 1024;

// Creates the stream when it is absent, and publishes one message. It publishes only once the
// server has named that stream as the one with this subject, and no other: two streams cannot share
// a subject. Where the message is not acknowledged in time, the monitor is asked why, and the
// stream is removed.
[[nodiscard]] Canary write_canary(Client& client, const NatsConfig& config, Deadline deadline);

}  // namespace arc::nats
