// The effect of a restart of this broker on its data. Pure.
#pragma once

#include "health/verdict.hpp"
#include "pulsar/config.hpp"
#include "pulsar/facts.hpp"

namespace arc::pulsar {

// At stake: the declared volume does not survive a restart. Safe: it does. Unknown: not inspected.
[[nodiscard]] RestartFacts restart_facts(const Facts& facts, const Config& config);

}  // namespace arc::pulsar
