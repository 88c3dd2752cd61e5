// The series of the toy.
#pragma once

#include <memory>

#include "config/config.hpp"
#include "metrics/source.hpp"

namespace arc::toy {

// `config` must outlive it.
[[nodiscard]] std::unique_ptr<metrics::Source> metrics_source(const Config& config);

}  // namespace arc::toy
