#include <fmt/format.h>

#include <cstdio>

#include "base/exit_codes.hpp"
#include "base/print.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/select.hpp"

namespace arc::cli {
namespace {

void print_report(const BootstrapReport& report, bool dry_run) {
    const std::string_view state =
        report.converged() ? "converged" : (dry_run && !report.error ? "differs" : "not converged");
    arc::print("{}: {}\n{}", report.service, state, Composed{plan_text(report, dry_run)});
}

}  // namespace

int bootstrap(int argc, char** argv) {
    std::vector<std::string> names;
    LoadOptions options;
    BootstrapOptions how;
    CommandLine line("bootstrap",
                     "Makes what is declared, and never loses what is there. + create, = same, ~ "
                     "safe change, ! refused.\n"
                     "Exit code: 0 converged, 1 not (drift that it may not change included).");
    line.services(names);
    line.flag("--dry-run", how.dry_run,
              "print the plan and change nothing; exit code 1 if anything differs");
    line.flag(
        "--update", how.update,
        "NATS: change streams that differ, where no message, consumer or access can be lost by it");
    line.flag("--force", how.force,
              "NATS: create streams although the monitoring port of the server that stores them "
              "cannot be asked for damaged ones");
    line.settings(options, "bootstrap_timeout");
    if (const auto over = line.parse(argc, argv)) {
        return *over;
    }
    const auto config = load_or_report("bootstrap", options);
    if (!config) {
        return kExitConfig;
    }
    bool converged = true;
    for (const Service* service : select(names, *config)) {
        if (service->bootstrap == nullptr) {
            arc::print("{}: nothing to declare\n", service->name);
            continue;
        }
        const BootstrapReport report =
            service->bootstrap(*config, how, Deadline::after(*config->bootstrap_timeout));
        print_report(report, how.dry_run);
        converged = converged && report.converged();
    }
    return converged ? kExitOk : kExitFailed;
}

}  // namespace arc::cli
