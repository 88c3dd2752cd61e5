#include "init/run.hpp"

#include <fmt/format.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/exit_codes.hpp"
#include "init/descriptors.hpp"
#include "init/log.hpp"
#include "init/loop.hpp"
#include "init/preflight.hpp"
#include "init/reap.hpp"
#include "init/signals.hpp"

namespace arc::init {
namespace {

Environment own_environment() {
    Environment environment;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        environment.emplace_back(*entry);
    }
    return environment;
}

int refuse_usage(Sys& sys, const Error& error) {
    Log{sys, LogFormat::text}.say(LogLevel::error,
                                  "run: " + error.text + "; see `arc-sidecar run --help`");
    return kExitUsage;
}

int supervise(Sys& sys, Log& log, const Options& options, const SignalMask& mask,
              const Environment& environment) {
    const int signals = sys.signalfd(&mask.taken, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) {
        log.say(LogLevel::error,
                fmt::format("run: cannot create a signalfd: {}", ::strerrordesc_np(errno)));
        return kExitFailed;
    }
    const auto answer = preflight(sys, log, options, mask, signals, environment);
    if (const auto* refused = std::get_if<Refused>(&answer)) {
        return refused->code;
    }
    const Cleared& cleared = std::get<Cleared>(answer);
    Options started = options;
    started.command.insert(started.command.end(), cleared.arguments.begin(),
                           cleared.arguments.end());
    return Loop{sys, log, started, mask, signals, environment, cleared}.run();
}

}  // namespace

int run(Sys& sys, std::span<const char* const> words, const Environment& environment) {
    const SignalMask mask = take_signals(sys);
    const Result<Options> options = parse_options(words, environment);
    if (!options) {
        return refuse_usage(sys, options.error());
    }
    if (options->help) {
        const std::string text = help_text(help());
        sys.write(1, text.data(), text.size());
        return kExitOk;
    }
    Log log{sys, options->log_format.value_or(LogFormat::text)};
    close_inherited(sys);
    open_missing_standard(sys);
    become_reaper(sys);
    return supervise(sys, log, *options, mask, environment);
}

int run(int argc, char** argv) {
    return run(real_sys(), {argv, static_cast<size_t>(argc)}, own_environment());
}

}  // namespace arc::init
