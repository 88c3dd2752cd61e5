#include "preflight/preflight.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/exit_codes.hpp"
#include "base/print.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/select.hpp"
#include "config/keys.hpp"
#include "config/load.hpp"

namespace arc::cli {
namespace {

// Names are given this long altogether; the rest is a matter of milliseconds.
constexpr Deadline::Duration kNamesLimit{2'000};
// For our own configuration, which lies on a file system that may hang: the locks must be told
// within PID 1's limit all the same.
constexpr Deadline::Duration kConfigLimit{3'000};

// Prints the locks before every step that may take long. PID 1 has them even if a later step hangs.
void print_locks(const Config& config, std::vector<preflight::Lock> named) {
    const Service* service = find_service(*config.service);
    const auto budget = service != nullptr && has_stop_gate(*service, config)
                            ? config.cluster.stop_budget()
                            : std::nullopt;
    const preflight::Report locks{.refusals = {},
                                  .warnings = {},
                                  .locks = std::move(named),
                                  .locks_named = true,
                                  .log_format = parse_log_format(*config.log_format),
                                  .stop_budget = budget.transform(
                                      [](std::chrono::milliseconds time) { return time.count(); })};
    arc::print("{}", Composed{preflight::to_lines(locks)});
    std::fflush(stdout);
}

// Certificates and keys of the service that were named and cannot be read: TLS to the server could
// not be verified.
void refuse_unreadable(const Config& config, preflight::Report& report) {
    for (const Key& key : keys()) {
        const std::string path = show(config, key).value;
        const bool file = key.section == *config.service && key.name.ends_with("_file");
        if (file && !path.empty() && ::access(path.c_str(), R_OK) != 0) {
            report.refusals.push_back(fmt::format("{}: {}: cannot be read: {}",
                                                  environment_name(key), path,
                                                  ::strerrordesc_np(errno)));
        }
    }
}

// What there is to find of the service. Without one, or without hooks, there is nothing.
preflight::Report inspect(const Config& config, const std::vector<std::string>& command,
                          bool names_locks) {
    const Service* service = find_service(*config.service);
    if (service == nullptr || service->preflight == nullptr) {
        if (names_locks) {
            print_locks(config, {});
        }
        return {};
    }
    const preflight::Context context{.service = service->name(),
                                     .hooks = *service->preflight,
                                     .command = command,
                                     .config = config,
                                     .memory_limit = preflight::own_memory_limit(),
                                     .deadline = Deadline::after(kNamesLimit)};
    if (names_locks) {
        print_locks(config, preflight::locks(context));
    }
    return preflight::inspect(context);
}

preflight::Report look(const LoadOptions& options, const std::vector<std::string>& command,
                       bool names_locks) {
    const Loaded loaded = load_within(options, kConfigLimit);
    preflight::Report report = inspect(loaded.config, command, names_locks);
    if (loaded.error) {
        // The server would run without its password, or beside an agent that can verify nothing.
        report.refusals.push_back(
            fmt::format("the sidecar's own configuration is wrong: {}", loaded.error->text));
    }
    refuse_unreadable(loaded.config, report);
    preflight::inspect_cluster(loaded.config, report);
    return report;
}

// What was read of the server's settings. False: it could not be read.
bool show_settings(const Config& config, const std::vector<std::string>& command) {
    const Service* service = find_service(*config.service);
    const auto* hooks = service == nullptr ? nullptr : service->preflight;
    if (hooks == nullptr || hooks->settings == nullptr) {
        arc::print(stderr, "arc-sidecar preflight: --show: not for this service\n");
        return false;
    }
    const auto settings = hooks->settings(command);
    if (!settings) {
        arc::print(stderr, "arc-sidecar preflight: {}\n", settings.error());
        return false;
    }
    for (const auto& [name, value] : *settings) {
        arc::print("{}: {}\n", name, value);
    }
    return true;
}

struct Arguments {
    LoadOptions options;
    bool names_locks = false;
    bool show = false;
};

CommandLine command_line(Arguments& arguments) {
    CommandLine line("preflight",
                     "Runs the checks that `run` makes before it starts the server: directories, "
                     "volumes, damaged or hidden data, ports, names and memory. Changes nothing "
                     "and starts nothing.");
    line.following("-- COMMAND...");
    line.flag("--locks", arguments.names_locks,
              "first print the lines for PID 1: log format, time of the stop gate, and locks");
    line.flag("--show", arguments.show,
              "only print the settings that the sidecar reads from the server's command line and "
              "configuration");
    line.settings(arguments.options);
    line.exit_codes({{"0", "`run` would start the server"},
                     {"64", "usage error"},
                     {"78", "`run` would refuse to start the server"}});
    return line;
}

}  // namespace

Help preflight_help() {
    Arguments arguments;
    return command_line(arguments).help();
}

int preflight(int argc, char** argv) {
    char** const end = argv + argc;
    char** const mark =
        std::find_if(argv, end, [](const char* word) { return std::string_view(word) == "--"; });
    Arguments arguments;
    CommandLine line = command_line(arguments);
    if (const auto over = line.parse(static_cast<int>(mark - argv), argv)) {
        return *over;
    }
    if (mark == end || mark + 1 == end) {
        arc::print(stderr,
                   "arc-sidecar preflight: the server's command is missing. Example: "
                   "`arc-sidecar preflight -- SERVER --config FILE`\n");
        return kExitUsage;
    }
    const std::vector<std::string> command{mark + 1, end};
    if (arguments.show) {
        return show_settings(load_within(arguments.options, kConfigLimit).config, command)
                   ? kExitOk
                   : kExitConfig;
    }
    const auto report = look(arguments.options, command, arguments.names_locks);
    arc::print("{}", Composed{preflight::to_lines(report)});
    return report.refusals.empty() ? kExitOk : kExitConfig;
}

}  // namespace arc::cli
