// The room of redis, as the registry (service.hpp) sees it.
#pragma once

#include "bootstrap/plan.hpp"
#include "config/config.hpp"
#include "deadline.hpp"
#include "health/verdict.hpp"

namespace arc::redis {

[[nodiscard]] Verdict check(const Config& config, Deadline deadline);


}  // namespace arc::redis
