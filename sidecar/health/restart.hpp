// Whether a restart would help: the effect that the catalogue has for a code, which what is known
// of the server can turn. Pure.
#pragma once

#include <string>

#include "health/verdict.hpp"

namespace arc {

// For a finding that is degraded or unhealthy: `harms` where the condition says so or data is at
// stake; `helps` where the condition says so, it is known that nothing is at stake, and the disk
// has room; else neither.
[[nodiscard]] Restart restart_effect(const Finding& finding, const RestartFacts& facts);

// Sets `restart` of every finding, after the levels are final.
void apply_restart(Verdict& verdict);

// A restart would mend something that is unhealthy, and harm nothing. For apply_restart()ed
// verdicts.
[[nodiscard]] bool restart_helps(const Verdict& verdict) noexcept;

// Why it would not, for a sentence after "a restart": "would lose data: the append-only file is
// off", "does not help".
[[nodiscard]] std::string restart_refusal(const Verdict& verdict);

}  // namespace arc
