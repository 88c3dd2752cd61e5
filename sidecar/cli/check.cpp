#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/select.hpp"
#include "config/values.hpp"
#include "exit_codes.hpp"
#include "guard.hpp"
#include "health/report.hpp"

namespace arc::cli {
namespace {

// How long a library may overrun the deadline before the guard ends the process.
constexpr std::chrono::milliseconds kGuardMargin{100};

std::string stuck_line(const std::vector<const Service*>& chosen, std::chrono::milliseconds timeout) {
    std::string names;
    for (const Service* service : chosen) {
        names += (names.empty() ? "" : ",") + std::string(service->name);
    }
    return fmt::format("{}: {}: no verdict within {}: the server or the machine is stuck", to_string(Level::unhealthy), names,
                       format_duration(timeout));
}

}  // namespace

int check(int argc, char** argv) {
    bool strict = false;
    std::string format = "text";
    std::vector<std::string> names;
    LoadOptions options;
    CommandLine line("check", "One probe, one verdict. Exit code: 0 healthy or degraded, 1 unhealthy or still starting.");
    line.services(names);
    line.flag("--strict", strict, "degraded fails, too");
    line.option("--format", format, "the form of the report", {"text", "json"});
    line.settings(options, "timeout");
    if (const auto over = line.parse(argc, argv)) {
        return *over;
    }
    const auto config = load_or_report("check", options);
    if (!config) {
        return kExitConfig;
    }
    const std::vector<const Service*> chosen = select(names, *config);
    const auto timeout = *config->timeout;
    arm_guard(timeout + kGuardMargin, stuck_line(chosen, timeout), kExitFailed);
    const std::vector<Verdict> verdicts = probe(chosen, *config, Deadline::after(timeout));
    disarm_guard();
    fmt::print("{}", format == "json" ? json_report(verdicts) : text_report(verdicts));
    // Without the tidy end of static objects and library threads: there is nothing to save, and a probe runs every few seconds.
    std::fflush(stdout);
    ::_exit(exit_code(worst_level(verdicts), strict));
}

}  // namespace arc::cli
