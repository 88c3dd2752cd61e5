// What is inspected before toyd starts.
#pragma once

#include "preflight/preflight.hpp"

namespace arc::toy {

extern const preflight::Hooks kPreflight;

}  // namespace arc::toy
