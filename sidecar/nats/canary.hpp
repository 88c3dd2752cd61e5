// A write of our own, where it was asked for (nats.canary): on a disk that is full every question
// is answered well and only a message is refused. It goes to a stream of its own that holds one
// message for an hour; no other stream is ever written to.
#pragma once

#include "base/deadline.hpp"
#include "nats/client.hpp"
#include "nats/facts.hpp"

namespace arc::nats {

inline constexpr const char* kCanaryStream = "ARC_SIDECAR_CANARY";
inline constexpr const char* kCanarySubject = "_ARC_SIDECAR.canary";

// Several blocks of a file system: a message of one byte still finds room in the last block of a
// full disk.
inline constexpr std::size_t kCanaryBytes = std::size_t{16} * 1024;

// Makes the stream when it is absent, and publishes one message. It publishes only once the server
// has named that stream as the one with this subject, and no other: two streams cannot share a
// subject.
[[nodiscard]] Canary fly_canary(Client& client, Deadline deadline);

// After a flight that was left without a word. A server that could not write a message takes none
// for that stream any more, whatever room there is (2.15): our own is made anew by the next flight.
// Without the permission nothing happens.
void remove_canary_stream(Client& client, Deadline deadline);

}  // namespace arc::nats
