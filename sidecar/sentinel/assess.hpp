// Judges the facts of one check. Pure.
#pragma once

#include "config/config.hpp"
#include "health/verdict.hpp"
#include "sentinel/facts.hpp"

namespace arc::sentinel {

// `absent` is the level of a Sentinel that does not answer.
[[nodiscard]] Verdict assess(const Facts& facts, const Config& config, Level absent);

}  // namespace arc::sentinel
