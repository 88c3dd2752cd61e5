// The effect of a restart of this server on its data. Pure.
#pragma once

#include "health/verdict.hpp"
#include "redis/config.hpp"
#include "redis/facts.hpp"

namespace arc::redis {

// At stake: the append-only file is off, fails, or is on no permanent disk. Safe: verified that
// none of these is true. Unknown unless end_unhealthy_after is set.
[[nodiscard]] RestartFacts restart_facts(const Facts& facts, const Config& config);

// The reason why the append-only file lacks acknowledged writes. Empty: it has all. nullopt: not
// known.
[[nodiscard]] std::optional<std::string> why_unsaved(const Answers& server);

}  // namespace arc::redis
