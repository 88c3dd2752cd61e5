// The room of nats, as the registry (service.hpp) sees it.
#pragma once

#include "bootstrap/plan.hpp"
#include "config/config.hpp"
#include "deadline.hpp"
#include "health/verdict.hpp"

namespace arc::nats {

[[nodiscard]] Verdict check(const Config& config, Deadline deadline);
[[nodiscard]] BootstrapReport bootstrap(const Config& config, const BootstrapOptions& options, Deadline deadline);

}  // namespace arc::nats
