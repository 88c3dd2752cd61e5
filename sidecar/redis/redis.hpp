// The check of the service.
#pragma once

#include "base/deadline.hpp"
#include "bootstrap/plan.hpp"
#include "health/verdict.hpp"
#include "redis/config.hpp"

namespace arc::redis {

// Sends [AUTH], PING, INFO and CONFIG GET in one packet over one connection. Works on Redis 7.0 and
// later and on Valkey.
[[nodiscard]] Verdict check(const Config& config, Deadline deadline);

}  // namespace arc::redis
