// What is inspected before the server starts.
#pragma once

#include "preflight/preflight.hpp"

namespace arc::nats {

extern const preflight::Hooks kPreflight;

}  // namespace arc::nats
