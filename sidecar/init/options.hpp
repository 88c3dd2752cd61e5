// The command line of `arc-sidecar run` and its environment variables. Pure: the caller passes the
// environment as a list.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/help.hpp"
#include "base/log.hpp"
#include "base/process_facts.hpp"

namespace arc::init {

// The effect of a reason not to start the server.
enum class PreflightMode { refuse, warn, off };

struct Options {
    const ProcessFacts* service = nullptr;  // --service, ARC_SERVICE
    // --stop-signal, ARC_STOP_SIGNAL, or the service's own: the signal that the server gets for
    // TERM.
    int stop_signal = 0;
    bool agent = true;  // --no-agent. Without a service there is no agent
    // --preflight, ARC_PREFLIGHT. Without a service there is no preflight.
    PreflightMode preflight = PreflightMode::refuse;
    // --log-format, ARC_LOG_FORMAT. Otherwise the configuration decides: the agent reads it, and
    // preflight passes its value to PID 1, which reads no file.
    std::optional<LogFormat> log_format;
    bool help = false;  // --help: all other options are ignored
    // The server and its arguments. Empty only with `help`.
    std::vector<std::string> command;

    [[nodiscard]] bool wants_agent() const noexcept { return agent && service != nullptr; }
};

// The entries of an environment, "NAME=value" each.
using Environment = std::vector<std::string>;

// The value of a variable, as a pointer into `environment`; nullptr if it is unset.
[[nodiscard]] const char* find_variable(const Environment& environment,
                                        std::string_view name) noexcept;

// `words` are the arguments after `run`. Flags end at `--` or at the first argument that is not a
// flag; the rest is the server's command. A flag overrides its variable. An empty variable counts
// as unset, because compose files write `ARC_SERVICE: ${X:-}`. Every error is a usage error.
[[nodiscard]] Result<Options> parse_options(std::span<const char* const> words,
                                            const Environment& environment);

[[nodiscard]] Help help();

}  // namespace arc::init
