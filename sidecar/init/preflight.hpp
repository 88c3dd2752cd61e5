// Runs preflight before the server starts. Preflight reads files, data and names, so it is a
// separate process (`arc-sidecar preflight`) that may fail, hang or die. PID 1 reads its answer and
// takes the locks.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "init/log.hpp"
#include "init/options.hpp"
#include "init/signals.hpp"
#include "init/sys.hpp"

namespace arc::init {

// The time limit of preflight. After it, PID 1 starts the server without the rest of the answer,
// but never without the locks.
inline constexpr Time kPreflightLimit{10'000};

// The server may start. The warnings may explain a later failure, one line each.
struct Cleared {
    std::vector<std::string> warnings;
    // The time for the stop gate (Supervisor::Settings::stop_budget).
    std::optional<Time> stop_budget = std::nullopt;
    // What the server gets behind the arguments of its command.
    // NOLINTNEXTLINE(readability-redundant-member-init): gcc demands it
    std::vector<std::string> arguments = {};
};

// The server may not start, and PID 1 exits with this code: 78 if preflight refused, 128 + n after
// a signal that requested a stop (ends_without_server()).
struct Refused {
    int code = 0;
};

// Runs preflight, logs its answer, and takes the locks that it names (preflight/store_lock.hpp),
// because two servers on one store destroy it. The locks end with this process. `signals` is PID
// 1's signalfd.
[[nodiscard]] std::variant<Cleared, Refused> preflight(Sys& sys, Log& log, const Options& options,
                                                       const SignalMask& mask, int signals,
                                                       const Environment& environment);

}  // namespace arc::init
