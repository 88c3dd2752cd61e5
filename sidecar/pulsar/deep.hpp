// Deep health: whether a message passes through the broker's ledgers. The request is expensive and
// may block the broker for half a minute. A lock file allows only one request at a time on this
// machine. After a request without an answer, the next one waits. The lock file is in the state
// directory, otherwise in $XDG_RUNTIME_DIR or /tmp.
#pragma once

#include <chrono>

#include "base/deadline.hpp"
#include "pulsar/client.hpp"
#include "pulsar/config.hpp"
#include "pulsar/facts.hpp"
#include "state/state.hpp"

namespace arc::pulsar {

// The age up to which `check` uses the agent's result. The agent sends a request every 30 s.
inline constexpr std::chrono::milliseconds kDeepFresh{90'000};

// The time after a request without an answer until the next request. The first request after a cold
// start takes up to 7 s on a loaded machine, and must not delay the start. With failed storage the
// broker works on each request for 30 to 79 s (measured), so a few overlap, but not one per second.
inline constexpr std::chrono::milliseconds kDeepHoldOff{10'000};

// For the agent: sends a request, unless another process does or kDeepHoldOff forbids it. Otherwise
// returns the known result. Levels: ok; degraded (the token is not a superuser's, or another
// process sends a request and no result is known); starting (nothing listens; not used later);
// unhealthy (an error, or no answer within the deadline). at_ms is the time of the answer or the
// timeout.
[[nodiscard]] DeepResult probe_deep(const Config& config, Deadline deadline);

// For `check`: the agent's result if it is recent, otherwise the result of a request.
[[nodiscard]] DeepHealth deep_health(const Config& config, AdminClient& admin, Deadline deadline);

}  // namespace arc::pulsar
