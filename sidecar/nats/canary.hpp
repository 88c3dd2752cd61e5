// The write probe, with nats.canary: if the disk is full, a server answers every request and only
// rejects messages. The message goes to the sidecar's own stream, which keeps it for an hour.
#pragma once

#include "base/deadline.hpp"
#include "nats/client.hpp"
#include "nats/facts.hpp"

namespace arc::nats {

inline constexpr const char* kCanaryStream = "ARC_SIDECAR_CANARY";
inline constexpr const char* kCanarySubject = "_ARC_SIDECAR.canary";

// Several blocks of a file system: one byte fits into the last block of a full disk.
inline constexpr std::size_t kCanaryBytes = std::size_t{16} * 1024;

// Creates the stream if it is missing, and publishes one message if the stream has the canary's
// subject: two streams cannot share one. Without an acknowledgement in time it asks the monitor for
// the reason, and deletes the stream.
[[nodiscard]] Canary write_canary(Client& client, const NatsConfig& config, Deadline deadline);

}  // namespace arc::nats
