// Whether a restart would help: a rule for each condition, which what is known of the server can
// turn. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "health/verdict.hpp"

namespace arc {

// What a restart does about a condition, where nothing is known that says otherwise. Of a code
// without a rule: nothing.
struct RestartRule {
    enum class Effect {
        helps_silence,  // helps where nothing answers on a port that can be reached
        helps,
        harms,
    };
    std::string_view code;
    Effect effect;
};

[[nodiscard]] std::span<const RestartRule> restart_rules() noexcept;

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
