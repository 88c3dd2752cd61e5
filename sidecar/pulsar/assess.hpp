// Judges the facts. Pure.
#pragma once

#include "health/verdict.hpp"
#include "pulsar/config.hpp"
#include "pulsar/facts.hpp"

namespace arc::pulsar {

// The verdict without `elapsed`. `absent` is the level if nothing listens, nothing answers, or an
// object is absent. A broker that answers that it is not ready is starting, unless the agent has
// seen it ready or has stopped waiting.
[[nodiscard]] Verdict assess(const Facts& facts, const Config& config, Level absent);

}  // namespace arc::pulsar
