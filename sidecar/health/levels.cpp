#include "health/levels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/suggest.hpp"
#include "health/catalogue.hpp"

namespace arc {
namespace {

constexpr std::array kSettable{Level::ok, Level::degraded, Level::unhealthy};

std::optional<Level> level_named(std::string_view name) {
    const auto found =
        std::ranges::find(kSettable, name, [](Level level) { return to_string(level); });
    return found == kSettable.end() ? std::nullopt : std::optional{*found};
}

}  // namespace

Result<LevelOverride> parse_level(std::string_view code, std::string_view level,
                                  std::string declared_at) {
    const std::optional<Code> known = find_code(code);
    if (!known) {
        return fail(ErrorKind::config,
                    fmt::format("no finding has the code '{}'{}", code, hint_for(code)));
    }
    const Level worst = (*known)->worst;
    if (worst == Level::ok || worst == Level::starting) {
        return fail(ErrorKind::config,
                    fmt::format("'{}' is never worse than {}: there is no level to set", code,
                                to_string(worst)));
    }
    if (const auto value = level_named(level)) {
        return LevelOverride{*known, *value, std::move(declared_at)};
    }
    const std::array<std::string_view, 3> names{"ok", "degraded", "unhealthy"};
    return fail(ErrorKind::config, fmt::format("{}: '{}' is none of ok|degraded|unhealthy{}", code,
                                               level, did_you_mean(level, names)));
}

void set_level(LevelOverrides& overrides, LevelOverride override) {
    const auto found = std::ranges::find(overrides, override.code, &LevelOverride::code);
    if (found != overrides.end()) {
        *found = std::move(override);
    } else {
        overrides.push_back(std::move(override));
    }
}

void apply_levels(Verdict& verdict, const LevelOverrides& overrides) {
    for (Finding& finding : verdict.findings) {
        const auto found = std::ranges::find(overrides, finding.code, &LevelOverride::code);
        if (found != overrides.end() &&
            (finding.level == Level::degraded || finding.level == Level::unhealthy)) {
            finding.level = found->level;
        }
    }
}

}  // namespace arc
