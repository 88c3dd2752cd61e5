// Asks everything for one check.
#pragma once

#include "base/deadline.hpp"
#include "config/config.hpp"
#include "sentinel/facts.hpp"

namespace arc::sentinel {

// One exchange with the Sentinel, and one with each other Sentinel that answers it.
[[nodiscard]] Facts gather(const Config& config, Deadline deadline);

}  // namespace arc::sentinel
