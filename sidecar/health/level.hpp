// How bad something is. Pure data.
#pragma once

#include <string_view>

namespace arc {

// In order of badness: the worst level among its findings is a verdict's level.
enum class Level {
    ok,         // as it should be
    degraded,   // works, but needs attention. `check` exits 0 (1 with --strict)
    starting,   // not ready yet, and expected to become ready by itself. `check` exits 1
    unhealthy,  // not fit for work. `check` exits 1
};

[[nodiscard]] std::string_view to_string(Level level) noexcept;

}  // namespace arc
