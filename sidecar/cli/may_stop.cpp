#include <cstdio>
#include <string>
#include <vector>

#include "base/exit_codes.hpp"
#include "base/print.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/select.hpp"
#include "stop/leave.hpp"

namespace arc::cli {
namespace {

struct Arguments {
    std::vector<std::string> names;
    LoadOptions options;
};

CommandLine may_stop_line(Arguments& arguments) {
    CommandLine line("may-stop",
                     "Asks whether the other members of the cluster can do without this one. "
                     "Changes nothing.\n\n"
                     "Prints safe, wait or pointless and the reason. wait: not yet. pointless: no "
                     "wait changes it.");
    line.one_service(arguments.names);
    line.settings(arguments.options, TimeoutFlag{"timeout", "time limit of the question"});
    line.exit_codes({{"0", "safe"},
                     {"1", "wait or pointless"},
                     {"64", "usage error"},
                     {"78", "invalid configuration, or no member of a cluster"}});
    return line;
}

CommandLine drain_line(Arguments& arguments) {
    CommandLine line("drain",
                     "Hands over what this member of a cluster leads, and waits until another has "
                     "it. Holds the stop token meanwhile. The server goes on.");
    line.one_service(arguments.names);
    line.settings(arguments.options);
    line.exit_codes({{"0", "this member leads nothing now"},
                     {"1", "not so within cluster.stop_drain"},
                     {"64", "usage error"},
                     {"78", "invalid configuration, or no member of a cluster"}});
    return line;
}

// Asks `question` about the one service that is meant, and prints the answer.
template <class Question>
int answer(const std::string& command, CommandLine line, Arguments& arguments, int argc,
           char** argv, Question question) {
    if (const auto over = line.parse(argc, argv)) {
        return *over;
    }
    const auto config = load_or_report(command, arguments.options);
    if (!config) {
        return kExitConfig;
    }
    const std::vector<const Service*> chosen = select(arguments.names, *config);
    if (chosen.size() != 1) {
        return usage_error(command, "name one service");
    }
    const Service& service = *chosen.front();
    if (!has_stop_gate(service, *config)) {
        arc::print(stderr, "arc-sidecar {}: {}: {}\n", command, service.name(), kNoMember);
        return kExitConfig;
    }
    const StopAnswer told = question(service, *config);
    arc::print("{}\n", stop_line(service.name(), told));
    return told.kind == StopAnswer::Kind::safe ? kExitOk : kExitFailed;
}

}  // namespace

Help may_stop_help() {
    Arguments arguments;
    return may_stop_line(arguments).help();
}

int may_stop(int argc, char** argv) {
    Arguments arguments;
    return answer("may-stop", may_stop_line(arguments), arguments, argc, argv,
                  [](const Service& service, const Config& config) {
                      return service.cluster->may_stop(config, Deadline::after(*config.timeout));
                  });
}

Help drain_help() {
    Arguments arguments;
    return drain_line(arguments).help();
}

int drain(int argc, char** argv) {
    Arguments arguments;
    return answer("drain", drain_line(arguments), arguments, argc, argv,
                  [](const Service& service, const Config& config) {
                      return stop::drain_once(service, config,
                                              Deadline::after(*config.cluster.stop_drain));
                  });
}

}  // namespace arc::cli
