// What a restart of this server would lose. Pure.
#pragma once

#include "health/verdict.hpp"
#include "redis/config.hpp"
#include "redis/facts.hpp"

namespace arc::redis {

// At stake: the append-only file off or failing, or on no disk that stays. Safe: none of it, and
// all of it was seen. Unknown where no end was asked for (end_unhealthy_after).
[[nodiscard]] RestartFacts restart_facts(const Facts& facts, const Config& config);

// Why the append-only file does not hold all that was acknowledged; empty: it does; nothing: the
// server does not say.
[[nodiscard]] std::optional<std::string> why_unsaved(const Answers& server);

}  // namespace arc::redis
