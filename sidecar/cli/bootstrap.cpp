#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "base/exit_codes.hpp"
#include "base/print.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/select.hpp"

namespace arc::cli {
namespace {

// Between two attempts, growing.
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{2'000};
// In less time an attempt would report its own deadline and not the server's state.
constexpr std::chrono::milliseconds kShortestAttempt{500};

// Attempts until nothing is left that may pass by itself, or until the deadline.
BootstrapReport converge(const Service& service, const Config& config,
                         const BootstrapOptions& how) {
    const Deadline deadline = Deadline::after(*config.bootstrap_timeout);
    auto pause = kFirstPause;
    std::string said;
    std::vector<Action> done;
    BootstrapReport report = service.bootstrap(config, how, deadline);
    merge_done(report, done);
    while (report.may_pass() && deadline.remaining() > pause + kShortestAttempt) {
        if (std::string why = reason(report); why != said) {
            arc::print(stderr, "arc-sidecar bootstrap: {}: {}. Trying again until the timeout.\n",
                       report.service, why);
            said = std::move(why);
        }
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, kLongestPause);
        BootstrapReport next = service.bootstrap(config, how, deadline);
        if (next.error && next.actions.empty()) {  // the objects of the last attempt still count
            next.actions = std::move(report.actions);
        }
        report = std::move(next);
        merge_done(report, done);
    }
    return report;
}

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

struct Arguments {
    std::vector<std::string> names;
    LoadOptions options;
    BootstrapOptions how;
};

CommandLine command_line(Arguments& arguments) {
    CommandLine line(
        "bootstrap",
        "Creates the declared objects that are missing. Deletes no data. Waits for a "
        "server that does not answer yet.\n\n"
        "The plan has one line per object: + create, = same, ~ safe change, ! refused.");
    line.services(arguments.names);
    line.flag("--dry-run", arguments.how.dry_run, "print the plan and change nothing");
    line.flag("--update", arguments.how.update, help_of(&BootstrapHelp::update));
    line.option("--accept-loss", arguments.how.accept_loss, help_of(&BootstrapHelp::accept_loss),
                {});
    line.flag("--force", arguments.how.force, help_of(&BootstrapHelp::force));
    line.settings(arguments.options,
                  TimeoutFlag{"bootstrap_timeout", "time limit for each service"});
    line.exit_codes({{"0", "every object exists as declared"},
                     {"1", "an object is missing or differs, or the server does not answer"},
                     {"64", "usage error"},
                     {"78", "invalid configuration"}});
    return line;
}

}  // namespace

Help bootstrap_help() {
    Arguments arguments;
    return command_line(arguments).help();
}

int bootstrap(int argc, char** argv) {
    Arguments arguments;
    const BootstrapOptions& how = arguments.how;
    CommandLine line = command_line(arguments);
    if (const auto over = line.parse(argc, argv)) {
        return *over;
    }
    const auto config = load_or_report("bootstrap", arguments.options);
    if (!config) {
        return kExitConfig;
    }
    bool converged = true;
    for (const Service* service : select(arguments.names, *config)) {
        if (service->bootstrap == nullptr) {
            arc::print("{}: nothing to declare\n", service->name());
            continue;
        }
        const BootstrapReport report = converge(*service, *config, how);
        print_report(report, how.dry_run);
        converged = converged && report.converged();
    }
    return converged ? kExitOk : kExitFailed;
}

}  // namespace arc::cli
