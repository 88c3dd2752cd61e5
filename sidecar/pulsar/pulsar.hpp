// The check of the service, and its bootstrap.
#pragma once

#include "base/deadline.hpp"
#include "bootstrap/plan.hpp"
#include "health/verdict.hpp"
#include "pulsar/config.hpp"

namespace arc::pulsar {

[[nodiscard]] Verdict check(const Config& config, Deadline deadline);
[[nodiscard]] BootstrapReport bootstrap(const Config& config, const BootstrapOptions& options,
                                        Deadline deadline);

}  // namespace arc::pulsar
