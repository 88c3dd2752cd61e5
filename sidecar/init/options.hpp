// The command line of `arc-sidecar run` and the environment behind it. Pure: the environment comes
// in as a list.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/process_facts.hpp"

namespace arc::init {

// What a reason not to start the server does.
enum class PreflightMode { refuse, warn, off };

struct Options {
    const ProcessFacts* service = nullptr;  // --service, ARC_SERVICE
    // --stop-signal, ARC_STOP_SIGNAL; else the service's own. What the server gets for a TERM
    int stop_signal = 0;
    bool agent = true;  // --no-agent. Without a service there is no agent either
    // --preflight, ARC_PREFLIGHT. Without a service there is nothing to look at
    PreflightMode preflight = PreflightMode::refuse;
    LogFormat log_format = LogFormat::text;  // --log-format, ARC_LOG_FORMAT
    bool help = false;                       // --help: nothing else counts
    // the server and its arguments; never empty unless help
    std::vector<std::string> command;

    [[nodiscard]] bool wants_agent() const noexcept { return agent && service != nullptr; }
};

// The entries of an environment, "NAME=value" each.
using Environment = std::vector<std::string>;

// The value of a variable, or null when it is not there; points into `environment`.
[[nodiscard]] const char* find_variable(const Environment& environment,
                                        std::string_view name) noexcept;

// `words` is what follows `run`. Flags end at `--` or at the first word that is not one; everything
// after it belongs to the server. A flag beats its variable; an empty variable counts as unset
// (compose writes `ARC_SERVICE: ${X:-}`). The error is a usage error.
[[nodiscard]] Result<Options> parse_options(std::span<const char* const> words,
                                            const Environment& environment);

// What --help prints.
[[nodiscard]] std::string usage();

}  // namespace arc::init
