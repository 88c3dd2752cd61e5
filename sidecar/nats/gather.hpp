// What check and bootstrap ask a server. All I/O goes through client.hpp, monitor.hpp, canary.hpp
// and base/volume.hpp; the order is here.
#pragma once

#include <span>
#include <vector>

#include "base/deadline.hpp"
#include "nats/client.hpp"
#include "nats/config.hpp"
#include "nats/facts.hpp"
#include "nats/plan.hpp"
#include "nats/wire.hpp"

namespace arc::nats {

// Everything for one check.
[[nodiscard]] Facts gather(const Config& config, Deadline deadline);

// Everything for one plan, over the connection that will create missing streams, or why JetStream
// cannot create any. Errors as Client::send() and receive().
using PlanAnswer = std::variant<PlanFacts, JetStreamDisabled, JetStreamSilent>;
[[nodiscard]] Result<PlanAnswer> gather_plan_facts(Client& client, const NatsConfig& config,
                                                   Deadline deadline);

// One STREAM.INFO for each declared stream with a valid name, then $JS.API.INFO.
[[nodiscard]] std::vector<Request> questions(const std::vector<StreamSpec>& streams);

// The answers to questions(streams). An error of kind permission if none of the streams may be
// read.
[[nodiscard]] Result<JetStreamState> read_answers(const std::vector<StreamSpec>& streams,
                                                  std::span<const Answer> answers, KeepRaw keep);

}  // namespace arc::nats
