// The judgement of a member's place in its set. Pure.
#pragma once

#include <vector>

#include "config/config.hpp"
#include "health/finding.hpp"
#include "redis/set_facts.hpp"

namespace arc::redis {

// `serves_stale`: whether a replica without a link answers reads (replica-serve-stale-data).
void assess_set(const SetFacts& set, const Config& config, bool serves_stale,
                std::vector<Finding>& findings);

}  // namespace arc::redis
