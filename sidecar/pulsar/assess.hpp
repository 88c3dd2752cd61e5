// What the facts mean. Pure.
#pragma once

#include "health/verdict.hpp"
#include "pulsar/config.hpp"
#include "pulsar/facts.hpp"

namespace arc::pulsar {

// The verdict, `elapsed` aside. `absent` is the level of what is not there (yet): nothing listens,
// no answer, and absent objects. A broker that says itself that it is not that far is starting
// unless the agent had seen it further (or gave up).
[[nodiscard]] Verdict assess(const Facts& facts, const Config& config, Level absent);

}  // namespace arc::pulsar
