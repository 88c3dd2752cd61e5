#include "agent/agent.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "base/exit_codes.hpp"
#include "base/list.hpp"
#include "base/print.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/select.hpp"

namespace arc::cli {

namespace {

CommandLine command_line(LoadOptions& options) {
    CommandLine line(
        "agent",
        "Creates missing objects, monitors the server, serves /metrics and probes over HTTP, and "
        "stores its state for `check`. Runs until TERM.\n\n"
        "`run` starts the agent beside its server. Start it by hand beside a server that `run` "
        "does not supervise.");
    line.settings(options, TimeoutFlag{"timeout", "time limit of each check"});
    line.exit_codes({{"64", "usage error, or no service is set"}});
    return line;
}

}  // namespace

Help agent_help() {
    LoadOptions options;
    return command_line(options).help();
}

int agent(int argc, char** argv) {
    LoadOptions options;
    CommandLine line = command_line(options);
    if (const auto over = line.parse(argc, argv)) {
        return *over;
    }
    agent::Source source{.options = options,
                         .fingerprint = config_fingerprint(options),
                         .loaded = load_what_is_right(options)};
    apply_server_info(source.loaded.config);
    const Service* service = find_service(*source.loaded.config.service);
    if (service == nullptr) {
        arc::print(stderr, "arc-sidecar agent: no service is set. Set --service to {}.\n",
                   enumerate(service_names(), "or"));
        return kExitUsage;
    }
    agent::run(*service, std::move(source));
}

}  // namespace arc::cli
