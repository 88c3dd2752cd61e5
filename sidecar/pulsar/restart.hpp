// What a restart of this broker would lose. Pure.
#pragma once

#include "health/verdict.hpp"
#include "pulsar/config.hpp"
#include "pulsar/facts.hpp"

namespace arc::pulsar {

// At stake: the declared volume does not stay. Safe: it does. Unknown where it was not looked at.
[[nodiscard]] RestartFacts restart_facts(const Facts& facts, const Config& config);

}  // namespace arc::pulsar
