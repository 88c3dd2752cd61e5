// The look before the server starts. PID 1 does not take it itself: it reads files, data and names,
// so it is a process of its own (`arc-sidecar preflight`), which may fail, hang or die without
// harm. PID 1 takes its answer, and the locks.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "init/log.hpp"
#include "init/options.hpp"
#include "init/signals.hpp"
#include "init/sys.hpp"

namespace arc::init {

// Longer than that it may not take. The server is started without the rest of its answer then, but
// never without its locks.
inline constexpr Time kPreflightLimit{10'000};

// It may start: what was said that will explain a bad end, a line each.
struct Cleared {
    std::vector<std::string> warnings;
};

// It may not: leave with this code. 78 when preflight refused, 128 + n on a signal that asked to
// stop (ends_without_server()).
struct Refused {
    int code = 0;
};

// Runs it, logs what it says, and takes the locks that it names (preflight/store_lock.hpp): two
// servers on one store destroy it. A lock lasts as long as this process, and leaves nothing behind.
// `signals` is PID 1's signalfd.
[[nodiscard]] std::variant<Cleared, Refused> preflight(Sys& sys, Log& log, const Options& options,
                                                       const SignalMask& mask, int signals,
                                                       const Environment& environment);

}  // namespace arc::init
