// Deep health: whether a message goes through the broker's ledgers. Asking costs the broker much
// and may block it for half a minute, so at most one question is under way on this machine (a lock
// file), and a question without an answer is not repeated while the broker may still be at it. The
// lock file is in the state directory, or, where there is none, in $XDG_RUNTIME_DIR or /tmp.
#pragma once

#include <chrono>

#include "base/deadline.hpp"
#include "pulsar/client.hpp"
#include "pulsar/config.hpp"
#include "pulsar/facts.hpp"
#include "state/state.hpp"

namespace arc::pulsar {

// How old the agent's result may be for `check` to believe it; the agent asks every 30 s.
inline constexpr std::chrono::milliseconds kDeepFresh{90'000};

// From asking in vain to asking again. The first question after a cold start takes up to 7 s on a
// loaded machine and must not delay the start by more than it has to; with dead storage the broker
// is at one for 30 to 79 s (measured), so a few can pile up there, but not one a second.
inline constexpr std::chrono::milliseconds kDeepHoldOff{10'000};

// For the agent: asks now, unless another process does or the hold-off forbids it; then what is
// known already. Levels: ok; degraded (the token is not a superuser's; another process asks and
// nothing is known); starting (nobody listens: no result to believe later); unhealthy (an error, or
// no answer within the deadline). at_ms is when the answer came or was given up.
[[nodiscard]] DeepResult probe_deep(const Config& config, Deadline deadline);

// For `check`: the agent's result while it is fresh, otherwise an own question within the deadline.
[[nodiscard]] DeepHealth deep_health(const Config& config, AdminClient& admin, Deadline deadline);

}  // namespace arc::pulsar
