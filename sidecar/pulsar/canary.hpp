// The write probe, where pulsar.canary asks for it: deep health writes to a ledger that
// is open, and a broker that can begin no new one is well by it, while every topic that is made or
// moved fails (seen on 3.3.6 after kills). Each probe closes a topic of its own, so that its
// message needs a new ledger: 14 log lines and 45 to 90 ms of the broker's CPU, one to two times
// what deep health costs (measured). Without a subscription nothing is kept: the broker drops the
// old ledgers every two minutes, and an idle topic altogether where it is set to (observed).
#pragma once

#include <string>

#include "base/deadline.hpp"
#include "pulsar/client.hpp"
#include "state/state.hpp"

namespace arc::pulsar {

inline constexpr const char* kCanaryTopic = "arc-sidecar/canary/canary";

// Makes the topic, with its tenant and namespace, when it is absent, and publishes one message. No
// other topic is ever written to. Not by two at once: one would close the other's topic under its
// message. Levels: ok; unhealthy (refused, or no answer); degraded (it could not be tried).
[[nodiscard]] CanaryResult write_canary(AdminClient& admin, const std::string& cluster,
                                        Deadline deadline);

}  // namespace arc::pulsar
