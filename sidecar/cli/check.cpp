#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <new>
#include <optional>
#include <span>

#include "base/exit_codes.hpp"
#include "base/guard.hpp"
#include "base/print.hpp"
#include "base/units.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/select.hpp"
#include "health/findings.hpp"
#include "health/purpose.hpp"
#include "health/report.hpp"
#include "net/tcp.hpp"
#include "state/state.hpp"

namespace arc::cli {
namespace {

// How long a library may overrun the deadline before the guard ends the process.
constexpr std::chrono::milliseconds kGuardMargin{100};

struct CheckArguments {
    bool live = false;
    bool ready = false;
    bool startup = false;
    bool member = false;
    bool strict = false;
    std::string format = "text";
    std::vector<std::string> names;
    LoadOptions options;
};

// Two flags that contradict each other, as a usage error.
std::optional<int> contradiction(const CheckArguments& asked) {
    const std::array<std::pair<bool, std::string_view>, 4> purposes{{{asked.live, "--live"},
                                                                     {asked.ready, "--ready"},
                                                                     {asked.startup, "--startup"},
                                                                     {asked.member, "--member"}}};
    std::string_view chosen;
    for (const auto& [given, name] : purposes) {
        if (given && !chosen.empty()) {
            return usage_error(
                "check", fmt::format("{} and {} contradict each other: one probe has one purpose",
                                     chosen, name));
        }
        chosen = given ? name : chosen;
    }
    if (asked.strict && (asked.live || asked.startup || asked.member)) {
        return usage_error(
            "check",
            fmt::format("{} and --strict contradict each other: degraded is about readiness",
                        chosen));
    }
    return std::nullopt;
}

Purpose purpose_of(const CheckArguments& asked, const Config& config) {
    if (asked.live) {
        return Purpose::live;
    }
    if (asked.member) {
        return Purpose::member;
    }
    return asked.startup ? Purpose::startup : config.readiness();
}

CommandLine command_line(CheckArguments& asked) {
    CommandLine line("check", "Probes each service once and prints a verdict.");
    line.services(asked.names);
    line.flag("--live", asked.live,
              "liveness: fail only if the server does not answer. A server that starts or loads, a "
              "missing stream and a full disk pass");
    line.flag("--ready", asked.ready, "readiness: fail if unhealthy or starting (default)");
    line.flag("--startup", asked.startup, "startup: fail until the server has started");
    line.flag("--member", asked.member,
              "membership: may the other members find this one? As --live, but it passes before "
              "the agent runs, and whatever the cluster lacks");
    line.flag("--strict", asked.strict, "readiness: also fail if degraded");
    line.option("--format", asked.format, "format of the report", {"text", "json"});
    line.settings(asked.options, TimeoutFlag{"timeout", "time limit of the check"});
    line.exit_codes({{"0", "ok or degraded; with --live, --startup or --member, the probe passes"},
                     {"1",
                      "unhealthy or starting; with --live, --startup or --member, the probe "
                      "fails"},
                     {"64", "usage error"},
                     {"78", "invalid configuration, without --live, --startup and --member"}});
    return line;
}

// An exit code when the command line ends the command.
std::optional<int> read_arguments(int argc, char** argv, CheckArguments& asked) {
    if (argc == 0) {
        // a HEALTHCHECK's form: to make a parser would be a tenth of the whole probe
        return std::nullopt;
    }
    CommandLine line = command_line(asked);
    const auto over = line.parse(argc, argv);
    return over ? over : contradiction(asked);
}

// Prints the verdicts and says how to leave.
int report(std::span<const Verdict> verdicts, const CheckArguments& asked,
           const Config& config = default_config()) {
    const Purpose purpose = purpose_of(asked, config);
    arc::print("{}", Composed{asked.format == "json" ? json_report(verdicts, purpose)
                                                     : text_report(verdicts, purpose)});
    std::fflush(stdout);
    return passes(verdicts, purpose, asked.strict) ? kExitOk : kExitFailed;
}

// Before anything could be asked: not even the configuration could be read.
int report_shortage(const std::string& what, const CheckArguments& asked) {
    std::vector<Verdict> verdicts;
    for (const std::string& name :
         asked.names.empty() ? std::vector<std::string>{"sidecar"} : asked.names) {
        verdicts.push_back({.service = name,
                            .server = {},
                            .verified = {},
                            .findings = {shortage(what, Level::unhealthy)}});
    }
    return report(verdicts, asked);
}

// Without a configuration nothing can be asked. For liveness and startup, where a failure ends a
// server, a wrong one of ours is said, and no reason to end one.
int report_unread(const Loaded& loaded, const Error& error, const CheckArguments& asked) {
    if (const auto lack = own_shortage("the configuration")) {
        return report_shortage(lack->text, asked);
    }
    if (!asked.live && !asked.startup && !asked.member) {
        report_wrong_configuration("check", error);
        return kExitConfig;
    }
    std::vector<Verdict> verdicts;
    for (const Service* service : select(asked.names, loaded.config)) {
        verdicts.push_back({.service = std::string(service->name()),
                            .server = {},
                            .verified = {},
                            .findings = {misconfigured(error.text)}});
    }
    report(verdicts, asked);
    return kExitOk;
}

// Before its agent runs, a server is silent because preflight is in progress or it has just
// started.
void spare_the_start(const Config& config, std::vector<Verdict>& verdicts) {
    for (Verdict& verdict : verdicts) {
        if (read_agent_state(*config.state_dir, verdict.service)) {
            continue;
        }
        for (Finding& finding : verdict.findings) {
            finding.level =
                finding.liveness ? std::min(finding.level, Level::starting) : finding.level;
        }
    }
}

// What the guard says. Whether the server or this machine has no time for us cannot be told apart
// then, so nothing is known: a liveness probe, which would end the server, passes.
std::string stuck_report(const std::vector<const Service*>& chosen,
                         std::chrono::milliseconds timeout, Purpose purpose, bool as_json) {
    const std::string what = fmt::format("no verdict within {}: the server or the machine is stuck",
                                         format_duration(timeout));
    if (as_json) {
        std::vector<Verdict> verdicts;
        for (const Service* service : chosen) {
            verdicts.push_back({.service = std::string(service->name()),
                                .server = {},
                                .verified = {},
                                .findings = {{.code = SidecarCode("sidecar.resources.exhausted"),
                                              .level = Level::unhealthy,
                                              .text = what}}});
        }
        return json_report(verdicts, purpose);
    }
    std::string names;
    for (const Service* service : chosen) {
        names += (names.empty() ? "" : ",") + std::string(service->name());
    }
    return fmt::format("{}{}: {}: {}", purpose == Purpose::live ? "live: " : "",
                       to_string(Level::unhealthy), names, what);
}

int probe_and_report(const CheckArguments& asked) {
    // the reading of the configuration is part of the time that a check may take
    const auto begun = Deadline::Clock::now();
    Loaded loaded = load_in_time(asked.options);
    if (loaded.error) {
        return report_unread(loaded, *loaded.error, asked);
    }
    Config& config = loaded.config;
    apply_server_info(config);
    const std::vector<const Service*> chosen = select(asked.names, config);
    const auto timeout = *config.timeout;
    const Deadline deadline = Deadline::since(begun, timeout);
    const Purpose purpose = purpose_of(asked, config);
    arm_guard(deadline.remaining() + kGuardMargin,
              stuck_report(chosen, timeout, purpose, asked.format == "json"),
              purpose == Purpose::live || purpose == Purpose::member ? kExitOk : kExitFailed);
    std::vector<Verdict> verdicts = probe(chosen, config, deadline);
    disarm_guard();
    if (asked.member) {
        spare_the_start(config, verdicts);
    }
    // Without the tidy end of static objects and library threads: there is nothing to save, and a
    // probe runs every few seconds.
    ::_exit(report(verdicts, asked, config));
}

}  // namespace

Help check_help() {
    CheckArguments asked;
    return command_line(asked).help();
}

int check(int argc, char** argv) {
    CheckArguments asked;
    if (const auto over = read_arguments(argc, argv, asked)) {
        return *over;
    }
    try {
        return probe_and_report(asked);
    } catch (const std::bad_alloc&) {
        return report_shortage("no memory", asked);
    }
}

}  // namespace arc::cli
