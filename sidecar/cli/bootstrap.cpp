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

// What a flag does, for each service that knows it.
std::string help_of(std::string_view BootstrapHelp::* flag) {
    std::string help;
    for (const Service* service : services()) {
        const std::string_view text = service->bootstrap_help.*flag;
        help += text.empty()
                    ? std::string{}
                    : fmt::format("{}{}: {}", help.empty() ? "" : "; ", service->title, text);
    }
    return help;
}

}  // namespace

int bootstrap(int argc, char** argv) {
    std::vector<std::string> names;
    LoadOptions options;
    BootstrapOptions how;
    CommandLine line("bootstrap",
                     "Creates the declared objects that are missing. Deletes no data. Prints the "
                     "plan: + create, = same, ~ safe change, ! refused.\n\n"
                     "Exit code: 0 if every object exists as declared, otherwise 1.");
    line.services(names);
    line.flag("--dry-run", how.dry_run,
              "print the plan and change nothing; exit with 1 if an object differs");
    line.flag("--update", how.update, help_of(&BootstrapHelp::update));
    line.flag("--force", how.force, help_of(&BootstrapHelp::force));
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
            arc::print("{}: nothing to declare\n", service->name());
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
