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
#include "services.hpp"

namespace arc::cli {
namespace {

struct Command {
    std::string_view name;
    std::string_view arguments;
    std::string_view summary;
    int (*run)(int argc, char** argv);
};

constexpr std::array kCommands{
    Command{"check", "[service…]", "one probe, one verdict: the Docker HEALTHCHECK", &check},
    Command{"wait", "[service…]", "wait until healthy, showing each stage", &wait},
    Command{"bootstrap", "[service…]",
            "make the declared streams, tenants, namespaces and topics; lose nothing", &bootstrap},
    Command{"config", "", "the effective configuration and where each value came from", &config},
    Command{"explain", "[code]", "what a finding means and what to do; without a code, all codes",
            &explain},
    Command{"metrics", "[service]", "one exposition in Prometheus's text format", &metrics},
    Command{"run", "[--] command…",
            "PID 1 of the image: start the server, forward signals, reap, stop", nullptr},
    Command{"preflight", "-- command…",
            "what `run` looks at before it starts the server: would it?", &preflight},
    Command{"agent", "", "what `run` starts beside the server; by itself only for debugging",
            &agent},
};

void print_help() {
    std::vector<std::string_view> titles;
    std::ranges::transform(services(), std::back_inserter(titles), &Service::title);
    arc::print(
        "arc-sidecar knows whether {} are really fit for work.\n\nusage: arc-sidecar <command> "
        "[flags]\n\n",
        enumerate(titles, "and"));
    for (const Command& command : kCommands) {
        arc::print("  {:<24} {}\n", fmt::format("{} {}", command.name, command.arguments),
                   command.summary);
    }
    arc::print(
        "\n  -h, --help               this, or `arc-sidecar <command> --help`\n"
        "  --version                version, commit and libraries\n\n"
        "exit codes: 0 fit (ok or degraded), 1 not, 64 wrong command line, 78 wrong configuration; "
        "`run`: the server's own\n");
}

int unknown(std::string_view word) {
    std::vector<std::string_view> known{"--help", "--version"};
    std::ranges::transform(kCommands, std::back_inserter(known), &Command::name);
    arc::print(stderr, "arc-sidecar: no command '{}'{}\nSee `arc-sidecar --help`.\n", word,
               did_you_mean(word, known));
    return kExitUsage;
}

}  // namespace

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
