// The commands. Each takes the words after its name and returns the process's exit code. Only this
// directory parses arguments and prints.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/help.hpp"

namespace arc::cli {

// Of the commands that need a member of a cluster (has_stop_gate()).
inline constexpr std::string_view kNoMember =
    "is no member of a cluster: cluster.role is standalone, or this service forms no clusters";

struct Command {
    std::string_view name;
    std::string_view summary;
    Help (*help)();
    int (*run)(int argc, char** argv);  // nullptr: main() starts it
};

int check(int argc, char** argv);
int bootstrap(int argc, char** argv);
int wait(int argc, char** argv);
int config(int argc, char** argv);
int metrics(int argc, char** argv);
int agent(int argc, char** argv);
int preflight(int argc, char** argv);
int explain(int argc, char** argv);
int may_stop(int argc, char** argv);
int drain(int argc, char** argv);
int leave(int argc, char** argv);

int completion(int argc, char** argv);
int man(int argc, char** argv);

Help check_help();
Help bootstrap_help();
Help wait_help();
Help config_help();
Help metrics_help();
Help agent_help();
Help preflight_help();
Help explain_help();
Help completion_help();
Help man_help();

// Every command, in the order of --help.
[[nodiscard]] std::span<const Command> commands() noexcept;

// "checks whether … can serve clients"
[[nodiscard]] std::string summary();
Help may_stop_help();
Help drain_help();
Help leave_help();

// --version: the release, the commit (with -dirty where the tree differed from it), and the version
// of each library.
int version();

// Every command but `run`. argv as main() has it. An unknown command is a usage error.
int dispatch(int argc, char** argv);

}  // namespace arc::cli
