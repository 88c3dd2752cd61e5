#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <string_view>
#include <vector>

#include "base/exit_codes.hpp"
#include "base/list.hpp"
#include "base/print.hpp"
#include "base/suggest.hpp"
#include "cli/commands.hpp"
#include "init/options.hpp"
#include "services.hpp"

namespace arc::cli {
namespace {

constexpr std::array kCommands{
    Command{"check", "probe once and print a verdict (HEALTHCHECK)", &check_help, &check},
    Command{"wait", "wait until healthy and print each stage", &wait_help, &wait},
    Command{"bootstrap", "create missing declared objects; delete nothing", &bootstrap_help,
            &bootstrap},
    Command{"config", "print the effective configuration and its sources", &config_help, &config},
    Command{"explain", "explain a finding; without a code, list all", &explain_help, &explain},
    Command{"metrics", "print the metrics once", &metrics_help, &metrics},
    Command{"run", "PID 1 of the image: start and supervise the server", &init::help, nullptr},
    Command{"preflight", "run the checks that `run` makes; start nothing", &preflight_help,
            &preflight},
    Command{"agent", "monitor the server; `run` starts it", &agent_help, &agent},
    Command{"completion", "print a completion script for a shell", &completion_help, &completion},
    Command{"man", "print the manual page", &man_help, &man},
    Command{"may-stop", "ask whether the cluster can do without this member", &may_stop_help,
            &may_stop},
    Command{"drain", "hand over what this member leads", &drain_help, &drain},
    Command{"leave", "wait and drain before a stop; `run` starts it", &leave_help, &leave},
};

void print_help() {
    arc::print("arc-sidecar {}.\n\nUsage: arc-sidecar COMMAND [OPTIONS]\n\n", summary());
    for (const Command& command : kCommands) {
        arc::print("  {:<24} {}\n", fmt::format("{} {}", command.name, command.help().arguments),
                   command.summary);
    }
    arc::print(
        "\n  -h, --help               print this help (`COMMAND --help`: of a command)\n"
        "  --version                print version, commit and libraries\n\n"
        "Exit code: 0 ok or degraded, 1 unhealthy or starting, 64 usage error,\n"
        "78 invalid configuration. `run` exits with the server's exit code.\n");
}

int unknown(std::string_view word) {
    std::vector<std::string_view> known{"--help", "--version"};
    std::ranges::transform(kCommands, std::back_inserter(known), &Command::name);
    arc::print(stderr, "arc-sidecar: no command '{}'{}\nSee `arc-sidecar --help`.\n", word,
               did_you_mean(word, known));
    return kExitUsage;
}

}  // namespace

std::span<const Command> commands() noexcept {
    return kCommands;
}

std::string summary() {
    std::vector<std::string_view> titles;
    std::ranges::transform(services(), std::back_inserter(titles), &Service::title);
    return fmt::format("checks whether {} can serve clients", enumerate(titles, "and"));
}

int dispatch(int argc, char** argv) {
    // A peer that resets its connection while it is written to must end the call, not the process:
    // not everything here writes with MSG_NOSIGNAL.
    std::signal(SIGPIPE, SIG_IGN);
    const std::string_view word = argc > 1 ? argv[1] : "";
    if (word.empty()) {
        arc::print(stderr, "arc-sidecar: a command is missing\nSee `arc-sidecar --help`.\n");
        return kExitUsage;
    }
    if (word == "-h" || word == "--help" || word == "help") {
        print_help();
        return kExitOk;
    }
    if (word == "--version") {
        return version();
    }
    const auto command = std::ranges::find(kCommands, word, &Command::name);
    return command == kCommands.end() || command->run == nullptr ? unknown(word)
                                                                 : command->run(argc - 2, argv + 2);
}

}  // namespace arc::cli
