// What the facts mean. Pure.
#pragma once

#include <optional>

#include "config/config.hpp"
#include "health/verdict.hpp"
#include "pulsar/facts.hpp"
#include "state/state.hpp"

namespace arc::pulsar {

// The verdict, `elapsed` aside. `agent` decides between "starting" and "unhealthy" for what is not
// there (yet): nobody listening, no answer and absent objects are starting only while the agent is
// at it; a broker that says itself that it is not that far is starting unless the agent had seen it
// further (or gave up).
[[nodiscard]] Verdict assess(const PulsarConfig& config, const Facts& facts,
                             const std::optional<AgentState>& agent);

}  // namespace arc::pulsar
