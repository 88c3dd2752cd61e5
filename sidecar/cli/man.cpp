#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/build_info.hpp"
#include "base/exit_codes.hpp"
#include "base/print.hpp"
#include "base/wrap.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "config/load.hpp"

namespace arc::cli {
namespace {

constexpr std::string_view kSettings = "Settings";

// Text of roff: no character of it is a request or an escape.
std::string roff(std::string_view text) {
    std::string all;
    for (const char c : text) {
        all += c == '\\' ? std::string("\\e") : c == '-' ? std::string("\\-") : std::string(1, c);
    }
    return all.starts_with('.') || all.starts_with('\'') ? "\\&" + all : all;
}

// A paragraph of roff in lines of at most 80 columns. Escapes make a line longer.
std::string filled(std::string_view text) {
    std::string all;
    for (const std::string& line : wrap(text, 70)) {
        all += roff(line) + "\n";
    }
    return all;
}

std::string paragraphs(std::string_view text, std::string_view between) {
    std::string all;
    while (!text.empty()) {
        const std::size_t end = text.find("\n\n");
        all += fmt::format("{}{}", all.empty() ? "" : between, filled(text.substr(0, end)));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 2);
    }
    return all;
}

std::string options(const HelpGroup& group) {
    std::string all;
    for (const HelpOption& option : group.options) {
        all += fmt::format(".TP\n\\fB{}\\fR", roff(option.flag));
        all += option.value.empty() ? "\n" : fmt::format(" \\fI{}\\fR\n", roff(option.value));
        all += filled(option.text);
    }
    return all;
}

std::string section(const Command& command) {
    const Help help = command.help();
    std::string all =
        fmt::format(".SS \"{} [OPTIONS]{}{}\"\n{}", command.name, help.arguments.empty() ? "" : " ",
                    roff(help.arguments), paragraphs(help.description, ".PP\n"));
    for (const HelpGroup& group : help.groups) {
        if (group.title != kSettings) {
            all += options(group);
        }
    }
    all += help.exit_codes.empty() ? "" : ".PP\nExit code:\n";
    for (const auto& [code, meaning] : help.exit_codes) {
        all += fmt::format(".TP\n{}\n{}", roff(code), filled(meaning));
    }
    return all;
}

// The same for every command that has settings.
std::string settings() {
    for (const HelpGroup& group : check_help().groups) {
        if (group.title == kSettings) {
            return options(group);
        }
    }
    return {};
}

std::string page() {
    std::string all = fmt::format(
        ".TH ARC\\-SIDECAR 1 {} \"arc\\-sidecar {}\"\n"
        ".SH NAME\narc\\-sidecar \\- health check, PID 1 and bootstrapper of servers\n"
        ".SH SYNOPSIS\n\\fBarc\\-sidecar\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n"
        ".SH DESCRIPTION\n{}"
        ".SH COMMANDS\n",
        release_day(), roff(release()), filled(fmt::format("arc-sidecar {}.", summary())));
    for (const Command& command : commands()) {
        all += section(command);
    }
    all +=
        ".SH SETTINGS\nFlags override the environment, the environment overrides the file,\n"
        "and the file overrides the defaults. The variable of \\fB\\-\\-state\\-dir\\fR\n"
        "is \\fBARC_STATE_DIR\\fR; the others are formed in the same way.\n"
        "A secret has no flag, only the variable and one that ends in \\fB_FILE\\fR.\n" +
        settings();
    all += fmt::format(
        ".SH FILES\n.TP\n{}\nconfiguration file\n.TP\n/run/arc\nstate that the agent "
        "stores for `check`\n",
        kDefaultConfigFile);
    return all;
}

CommandLine command_line() {
    CommandLine line("man", "Prints the manual page. To read it: arc-sidecar man | man -l -");
    line.exit_codes({{"0", "printed"}, {"64", "usage error"}});
    return line;
}

}  // namespace

Help man_help() {
    return command_line().help();
}

int man(int argc, char** argv) {
    CommandLine line = command_line();
    if (const auto over = line.parse(argc, argv)) {
        return *over;
    }
    arc::print("{}", Composed{page()});
    return kExitOk;
}

}  // namespace arc::cli
