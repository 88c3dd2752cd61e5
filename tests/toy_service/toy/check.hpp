// The check of the toy.
#pragma once

#include "base/deadline.hpp"
#include "config/config.hpp"
#include "health/verdict.hpp"

namespace arc::toy {

[[nodiscard]] Verdict check(const Config& config, Deadline deadline);

}  // namespace arc::toy
