// What a restart of this server would lose.
#pragma once

#include "health/verdict.hpp"
#include "nats/config.hpp"
#include "nats/facts.hpp"

namespace arc::nats {

// At stake: streams in memory, damaged streams, or a store that is lost with the container. Safe:
// none of these, and both ports answered.
[[nodiscard]] RestartFacts restart_facts(const Facts& facts, const Config& config);

}  // namespace arc::nats
