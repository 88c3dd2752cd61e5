// The check of a Sentinel.
#pragma once

#include "base/deadline.hpp"
#include "config/config.hpp"
#include "health/verdict.hpp"

namespace arc::sentinel {

[[nodiscard]] Verdict check(const Config& config, Deadline deadline);

}  // namespace arc::sentinel
