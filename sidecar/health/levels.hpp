// Levels of an operator's own: what counts as bad differs from one platform to the next. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "health/verdict.hpp"

namespace arc {

struct LevelOverride {
    Code code;
    Level level = Level::ok;
    std::string declared_at;  // "/etc/arc/sidecar.toml:20", "ARC_LEVELS"
};

using LevelOverrides = std::vector<LevelOverride>;

// `level` is ok, degraded or unhealthy. Errors (kind config): an unknown code or level, with a
// suggestion; a code that is never worse than ok or starting, so that there is nothing to set.
[[nodiscard]] Result<LevelOverride> parse_level(std::string_view code, std::string_view level,
                                                std::string declared_at);

// Adds `override`, or replaces the one of the same code.
void set_level(LevelOverrides& overrides, LevelOverride override);

// Gives each finding that is degraded or unhealthy the level that is set for its code. What is as
// it should be stays ok; a start stays `starting`, because it is a stage and not a judgement.
void apply_levels(Verdict& verdict, const LevelOverrides& overrides);

}  // namespace arc
