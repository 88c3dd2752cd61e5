// The checks before the server starts.
#pragma once

#include "preflight/preflight.hpp"

namespace arc::pulsar {

extern const preflight::Hooks kPreflight;

}  // namespace arc::pulsar
