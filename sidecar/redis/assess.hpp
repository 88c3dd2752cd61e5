// Facts against what is declared: findings. Pure.
#pragma once

#include "health/verdict.hpp"
#include "redis/config.hpp"
#include "redis/facts.hpp"

namespace arc::redis {

// At this share of maxmemory the server is full: used_memory is often a little below the limit
// right after a refused write (measured).
inline constexpr std::int64_t kFullPercent = 95;

// Levels, with what decides them:
//   starting   the data set is being loaded; and, where `absent` is starting, nothing answers
//   unhealthy  no access (NOAUTH, WRONGPASS), writes refused (MISCONF, append-only file failing),
//   any other error as the answer to PING,
//              appendonly off although somebody declared it; its cluster is down; a Sentinel, which
//              holds no data
//   degraded   a setting differs from the declared one; full under noeviction (an operator's
//   matter: a restart does not help); a replica,
//              or a master with too few of them, which refuse writes; a cluster that lacks slots;
//              what could not be verified; a save or a
//              rewrite that failed; refuses other hosts (service image only)
// `elapsed` is left to the caller.
[[nodiscard]] Verdict assess(const Facts& facts, const Config& config, Level absent);

}  // namespace arc::redis
