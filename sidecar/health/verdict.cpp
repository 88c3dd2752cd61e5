#include "health/verdict.hpp"

#include <algorithm>

#include "base/exit_codes.hpp"

namespace arc {

std::string_view to_string(Level level) noexcept {
    switch (level) {
        case Level::ok:
            return "ok";
        case Level::degraded:
            return "degraded";
        case Level::starting:
            return "starting";
        case Level::unhealthy:
            return "unhealthy";
    }
    return "unknown";
}

Level Verdict::level() const noexcept {
    const Finding* finding = worst();
    return finding == nullptr ? Level::ok : finding->level;
}

const Finding* Verdict::worst() const noexcept {
    const auto found = std::ranges::max_element(findings, {}, &Finding::level);
    return found == findings.end() || found->level == Level::ok ? nullptr : &*found;
}

Level worst_level(std::span<const Verdict> verdicts) noexcept {
    Level worst = Level::ok;
    for (const Verdict& verdict : verdicts) {
        worst = std::max(worst, verdict.level());
    }
    return worst;
}

int exit_code(Level level, bool strict) noexcept {
    if (level == Level::ok || (level == Level::degraded && !strict)) {
        return kExitOk;
    }
    return kExitFailed;
}

}  // namespace arc
