// The facts about redis-server that PID 1 needs.
#pragma once

#include "base/process_facts.hpp"

namespace arc::redis {

// Redis ignores a TERM while it writes its first append-only file and when it cannot save (7.0 and
// 8.0, measured). A second TERM has the same effect as the first. PID 1 sends no INT: at the second
// INT Redis exits without saving.
inline constexpr ProcessFacts kProcess{.name = "redis", .repeats_term = true};

}  // namespace arc::redis
