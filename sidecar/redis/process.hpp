// redis-server as PID 1 sees it.
#pragma once

#include "base/process_facts.hpp"

namespace arc::redis {

// Redis forgets a TERM while it writes its first append-only file and when it cannot save (7.0 and
// 8.0, measured). A second one is obeyed or forgotten like the first. Never an INT: Redis exits
// without saving at its second INT.
inline constexpr ProcessFacts kProcess{.name = "redis", .repeats_term = true};

}  // namespace arc::redis
