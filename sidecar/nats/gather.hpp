// What check and bootstrap ask the server first: the facts. All I/O goes through the client, the
// monitor and the store of this room.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/deadline.hpp"
#include "config/config.hpp"
#include "nats/client.hpp"
#include "nats/facts.hpp"
#include "nats/wire.hpp"

namespace arc::nats {

// One STREAM.INFO for each declared stream whose name can be a stream's, which tells of JetStream,
// too; where there is none, $JS.API.INFO.
[[nodiscard]] std::vector<Request> questions(const std::vector<StreamSpec>& streams);

// The answers to questions(streams), read: one state for each declared stream.
[[nodiscard]] ClientFacts read_answers(const std::vector<StreamSpec>& streams,
                                       std::span<const Answer> answers, KeepRaw keep);

// The first refusal when the user may ask none of it.
[[nodiscard]] std::optional<Error> all_denied(std::span<const Answer> answers);

// One monitor's facts, if it belongs to the server with this id. A stream that is just being
// created or deleted looks damaged for a moment (its folder exists, the stream not yet), so a
// damaged one is asked about again before it is believed. Errors as ask_monitor(), and protocol for
// the monitor of another server.
[[nodiscard]] Result<MonitorFacts> own_monitor(const NatsConfig& config,
                                               const std::string& server_id, Deadline deadline);

// Everything for one check.
[[nodiscard]] Facts gather(const NatsConfig& config, Deadline deadline);

}  // namespace arc::nats
