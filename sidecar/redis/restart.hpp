// What a restart of this server would lose. Reads the place of its data where somebody asked for it
// to be ended (end_unhealthy_after).
#pragma once

#include "health/verdict.hpp"
#include "redis/config.hpp"
#include "redis/facts.hpp"

namespace arc::redis {

// At stake: the append-only file off or failing, or on no disk that stays. Safe: none of it, and
// all of it was seen.
[[nodiscard]] RestartFacts restart_facts(const Facts& facts, const Config& config);

// How much room the disk has on which the server cannot save, for the end of a sentence: "; /data
// has 0 B free". Empty where that cannot be seen.
[[nodiscard]] std::string room_for_saving(const Facts& facts, const Config& config);

// Why the append-only file does not hold all that was acknowledged; empty: it does; nothing: the
// server does not say. Pure.
[[nodiscard]] std::optional<std::string> why_unsaved(const Facts& facts);

}  // namespace arc::redis
