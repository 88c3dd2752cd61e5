// The write probe (pulsar.canary). Deep health writes to an open ledger. It passes on a broker that
// can open no new ledger, although new and moved topics then fail (3.3.6 after kills, observed).
// The write probe closes its own topic, so that its message needs a new ledger. Each probe costs 14
// log lines and 45 to 90 ms of the broker's CPU, one to two times the cost of deep health
// (measured). Without a subscription the broker keeps nothing: it deletes the old ledgers every two
// minutes, and an idle topic if it is configured to (observed).
#pragma once

#include <string>

#include "base/deadline.hpp"
#include "pulsar/client.hpp"
#include "state/state.hpp"

namespace arc::pulsar {

inline constexpr const char* kCanaryTopic = "arc-sidecar/canary/canary";

// Creates the topic, its tenant and its namespace if they are absent, and publishes one message.
// Does not write to any other topic. Two calls must not overlap: one would close the topic of the
// other. Levels: ok; unhealthy (rejected, or no answer); degraded (the probe was not possible).
[[nodiscard]] CanaryResult write_canary(AdminClient& admin, const std::string& cluster,
                                        Deadline deadline);

}  // namespace arc::pulsar
