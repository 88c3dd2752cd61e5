// The checks before the server starts.
#pragma once

#include "preflight/preflight.hpp"

namespace arc::redis {

extern const preflight::Hooks kPreflight;

}  // namespace arc::redis
