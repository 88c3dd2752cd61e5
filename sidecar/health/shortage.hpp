// The finding for a want of our own: without a descriptor, a thread, a port or memory the server
// was not asked, and nothing is known of it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "health/finding.hpp"

namespace arc {

// `text` says what was lacking. `absent` is absent_level() of the agent's state: while the server
// is being started, and not verified yet, the finding is `starting`; later it is degraded. It is
// never about liveness: no restart of the server mends it.
[[nodiscard]] Finding shortage(std::string_view text, Level absent);

}  // namespace arc
