// What a restart of this server would lose.
#pragma once

#include "health/verdict.hpp"
#include "nats/config.hpp"
#include "nats/facts.hpp"

namespace arc::nats {

// At stake: streams in memory or damaged, or a store that does not stay. Safe: none of it, and both
// ports told all of it.
[[nodiscard]] RestartFacts restart_facts(const Facts& facts, const Config& config);

}  // namespace arc::nats
