// What is looked at before the server starts, changing nothing: a refusal here saves data or an hour of reading logs.
#pragma once

#include <string>
#include <vector>

#include "init/options.hpp"
#include "init/sys.hpp"

namespace arc::init {

// The reasons not to start the server, each a line that names the path, the owner, the own uid and the command that mends it; empty
// when it may start. With any, PID 1 leaves with 78. Signals wait meanwhile: keep it to what takes milliseconds.
[[nodiscard]] std::vector<std::string> preflight(Sys& sys, const Options& options);

}  // namespace arc::init
