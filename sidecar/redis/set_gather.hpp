// Asks the Sentinels and the other members of the set that a member belongs to.
#pragma once

#include "base/deadline.hpp"
#include "config/config.hpp"
#include "redis/set_facts.hpp"

namespace arc::redis {

[[nodiscard]] SetFacts gather_set(const Replication& own, const Config& config, Deadline deadline);

}  // namespace arc::redis
