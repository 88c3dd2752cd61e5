// The facts about a Sentinel that PID 1 needs.
#pragma once

#include "base/process_facts.hpp"

namespace arc::sentinel {

inline constexpr ProcessFacts kProcess{.name = "sentinel"};

}  // namespace arc::sentinel
