#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "agent/collector.hpp"
#include "base/exit_codes.hpp"
#include "base/guard.hpp"
#include "base/list.hpp"
#include "base/print.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/select.hpp"
#include "state/state.hpp"

namespace arc::cli {
namespace {

constexpr std::chrono::milliseconds kGuardMargin{200};

std::string exposition_of(const Service& service, const Config& config) {
    agent::VerdictCache verdicts{service, config};
    const auto phase = [&] {
        const auto state = read_agent_state(*config.state_dir, std::string(service.name()));
        return state ? std::optional{state->phase} : std::nullopt;
    };
    const auto say = [](const std::string& line) { arc::print(stderr, "arc-sidecar: {}\n", line); };
    return agent::Collector{service, config, verdicts, phase, say}.text(
        Deadline::after(*config.timeout));
}

// " (pulsar)"
std::string own_exporters() {
    std::vector<std::string_view> names;
    for (const Service* service : services()) {
        if (service->metrics == nullptr) {
            names.push_back(service->name());
        }
    }
    return names.empty() ? std::string{} : fmt::format(" ({})", enumerate(names, "and"));
}

struct Arguments {
    std::vector<std::string> names;
    LoadOptions options;
};

CommandLine command_line(Arguments& arguments) {
    CommandLine line("metrics",
                     "Prints the metrics of one service once, in Prometheus's text format. For a "
                     "server with its own exporter" +
                         own_exporters() + " these are only the metrics of the sidecar.");
    line.one_service(arguments.names);
    line.settings(arguments.options, TimeoutFlag{"timeout", "time limit of the requests"});
    line.exit_codes({{"0", "printed. If the server is down, arc_sidecar_up is 0"},
                     {"64", "usage error"},
                     {"78", "invalid configuration"}});
    return line;
}

}  // namespace

Help metrics_help() {
    Arguments arguments;
    return command_line(arguments).help();
}

int metrics(int argc, char** argv) {
    Arguments arguments;
    CommandLine line = command_line(arguments);
    if (const auto over = line.parse(argc, argv)) {
        return *over;
    }
    const auto config = load_or_report("metrics", arguments.options);
    if (!config) {
        return kExitConfig;
    }
    const auto chosen = select(arguments.names, *config);
    if (chosen.size() != 1) {
        return usage_error("metrics",
                           "one service at a time: name " + enumerate(service_names(), "or"));
    }
    // A scrape and a check, each within the timeout.
    arm_guard(2 * *config->timeout + kGuardMargin,
              "# arc-sidecar metrics: stuck beyond its own time", kExitFailed);
    arc::print("{}", Composed{exposition_of(*chosen.front(), *config)});
    std::fflush(stdout);
    ::_exit(kExitOk);  // as in check: library threads have nothing to save
}

}  // namespace arc::cli
