#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <optional>

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

struct Asked {
    bool strict = false;
    std::string format = "text";
    std::vector<std::string> names;
    LoadOptions options;
};

// An exit code when the command line ends the command.
std::optional<int> read_arguments(int argc, char** argv, Asked& asked) {
    if (argc == 0) {
        return std::nullopt;  // a HEALTHCHECK's form: to make a parser would be a tenth of the whole probe
    }
    CommandLine line("check", "One probe, one verdict. Exit code: 0 healthy or degraded, 1 unhealthy or still starting.");
    line.services(asked.names);
    line.flag("--strict", asked.strict, "degraded fails, too");
    line.option("--format", asked.format, "the form of the report", {"text", "json"});
    line.settings(asked.options, "timeout");
    return line.parse(argc, argv);
}

}  // namespace

int check(int argc, char** argv) {
    Asked asked;
    if (const auto over = read_arguments(argc, argv, asked)) {
        return *over;
    }
    const auto config = load_or_report("check", asked.options);
    if (!config) {
        return kExitConfig;
    }
    const std::vector<const Service*> chosen = select(asked.names, *config);
    const auto timeout = *config->timeout;
    arm_guard(timeout + kGuardMargin, stuck_line(chosen, timeout), kExitFailed);
    const std::vector<Verdict> verdicts = probe(chosen, *config, Deadline::after(timeout));
    disarm_guard();
    fmt::print("{}", asked.format == "json" ? json_report(verdicts) : text_report(verdicts));
    // Without the tidy end of static objects and library threads: there is nothing to save, and a probe runs every few seconds.
    std::fflush(stdout);
    ::_exit(exit_code(worst_level(verdicts), asked.strict));
}

}  // namespace arc::cli
