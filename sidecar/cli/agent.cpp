#include "agent/agent.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/select.hpp"
#include "exit_codes.hpp"

namespace arc::cli {

int agent(int argc, char** argv) {
    LoadOptions options;
    CommandLine line(
        "agent",
        "Bootstraps, watches and leaves what it knows in the state directory, until TERM. `run` starts it; by itself it is for debugging.");
    line.settings(options, "timeout");
    if (const auto over = line.parse(argc, argv)) {
        return *over;
    }
    const auto config = load_or_report("agent", options);
    if (!config) {
        return kExitConfig;
    }
    const Service* service = find_service(*config->service);
    if (service == nullptr) {
        fmt::print(stderr, "arc-sidecar agent: which service: set --service nats, pulsar or redis\n");
        return kExitUsage;
    }
    agent::run(*service, *config);
}

}  // namespace arc::cli
