#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.hpp"
#include "base/exit_codes.hpp"
#include "base/print.hpp"
#include "base/suggest.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"

namespace arc::cli {
namespace {

// The candidates for the value of a flag or for an argument. A choice in capitals stands for a
// type.
std::vector<std::string> candidates(const HelpOption& option) {
    if (option.value == "BOOL") {
        return {"true", "false"};
    }
    std::vector<std::string> words = option.choices;
    if (words.empty() && option.value.contains('|')) {
        const auto parts = split(option.value, '|');
        words.assign(parts.begin(), parts.end());
    }
    std::erase_if(words, [](const std::string& word) { return word == upper(word); });
    return words;
}

bool is_flag(const HelpOption& option) {
    return option.flag.starts_with('-');
}

// "--help" of "-h, --help".
std::string long_flag(const HelpOption& option) {
    const std::size_t start = option.flag.find("--");
    return start == std::string::npos ? option.flag : option.flag.substr(start);
}

std::vector<HelpOption> options_of(const Help& help) {
    std::vector<HelpOption> all;
    for (const HelpGroup& group : help.groups) {
        all.insert(all.end(), group.options.begin(), group.options.end());
    }
    return all;
}

// `text` with `mark` in front of each of its `special` characters.
std::string escaped(std::string_view text, std::string_view special, std::string_view mark) {
    std::string all;
    for (const char c : text) {
        if (special.contains(c)) {
            all += mark;
        }
        all += c;
    }
    return all;
}

// In single quotes of bash and zsh.
std::string single_quoted(std::string_view text) {
    std::string all;
    for (const char c : text) {
        all += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return "'" + all + "'";
}

std::string bash_values(const HelpOption& option) {
    if (option.value == "FILE" || option.value == "DIR") {
        return fmt::format("mapfile -t COMPREPLY < <(compgen -{} -- \"$current\")",
                           option.value == "FILE" ? 'f' : 'd');
    }
    return fmt::format("words={}",
                       single_quoted(fmt::format("{}", fmt::join(candidates(option), " "))));
}

std::string bash_command(const Command& command) {
    std::string values;
    std::vector<std::string> arguments;
    std::vector<std::string> flags;
    for (const HelpOption& option : options_of(command.help())) {
        if (!is_flag(option)) {
            std::ranges::copy(candidates(option), std::back_inserter(arguments));
            continue;
        }
        flags.push_back(long_flag(option));
        if (!option.value.empty()) {
            values +=
                fmt::format("            {}) {} ;;\n", long_flag(option), bash_values(option));
        }
    }
    return fmt::format(
        "        {})\n            case $previous in\n{}            *)\n"
        "                words='{}'\n"
        "                [[ -n $words && $current != -* ]] || words='{}' ;;\n"
        "            esac ;;\n",
        command.name, values, fmt::join(arguments, " "), fmt::join(flags, " "));
}

std::string bash_script() {
    std::vector<std::string_view> names;
    std::string cases;
    for (const Command& command : commands()) {
        names.push_back(command.name);
        cases += bash_command(command);
    }
    return fmt::format(R"(# bash completion for arc-sidecar
_arc_sidecar() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} words=
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        words='{} --help --version'
    elif [[ " ${{COMP_WORDS[*]:2:COMP_CWORD - 2}} " == *' -- '* ]]; then
        mapfile -t COMPREPLY < <(compgen -cf -- "$current" | sort -u)
    else
        case ${{COMP_WORDS[1]}} in
{}        esac
    fi
    if [[ -n $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    fi
}}
complete -F _arc_sidecar arc-sidecar
)",
                       fmt::join(names, " "), cases);
}

std::string zsh_action(const HelpOption& option) {
    if (option.value == "FILE" || option.value == "DIR") {
        return option.value == "FILE" ? "_files" : "_files -/";
    }
    const std::vector<std::string> words = candidates(option);
    return words.empty() ? std::string(" ") : fmt::format("({})", fmt::join(words, " "));
}

std::string zsh_option(const HelpOption& option) {
    if (!is_flag(option)) {
        return single_quoted(
            fmt::format("*:{}:{}", escaped(option.flag, ":", "\\"), zsh_action(option)));
    }
    const std::string text = escaped(option.text, "[]\\", "\\");
    const std::string value =
        option.value.empty() ? "" : fmt::format(":value:{}", zsh_action(option));
    return single_quoted(fmt::format("{}[{}]{}", long_flag(option), text, value));
}

std::string zsh_script() {
    std::string names;
    std::string cases;
    for (const Command& command : commands()) {
        names += fmt::format("        {}\n",
                             single_quoted(fmt::format("{}:{}", command.name, command.summary)));
        cases += fmt::format("    {})\n        _arguments", command.name);
        for (const HelpOption& option : options_of(command.help())) {
            cases += fmt::format(" \\\n            {}", zsh_option(option));
        }
        cases += " ;;\n";
    }
    return fmt::format(R"(#compdef arc-sidecar
_arc_sidecar() {{
    local -a subcommands=(
{}    )
    if ((CURRENT == 2)); then
        _describe command subcommands
        return
    fi
    shift words
    ((CURRENT--))
    if ((${{words[(i)--]}} < CURRENT)); then
        ((CURRENT -= $words[(i)--]))
        shift $words[(i)--] words
        _normal
        return
    fi
    case $words[1] in
{}    esac
}}
if [[ $funcstack[1] == _arc_sidecar ]]; then
    _arc_sidecar "$@"
else
    compdef _arc_sidecar arc-sidecar
fi
)",
                       names, cases);
}

std::string fish_option(const Command& command, const HelpOption& option) {
    const auto fish_quoted = [](std::string_view text) {
        return fmt::format("'{}'", escaped(text, "'\\", "\\"));
    };
    std::string line =
        fmt::format("complete -c arc-sidecar -n '__fish_seen_subcommand_from {}'", command.name);
    if (is_flag(option)) {
        line += fmt::format(" -l {} -d {}", long_flag(option).substr(2), fish_quoted(option.text));
    }
    const std::vector<std::string> words = candidates(option);
    if (option.value == "FILE" || option.value == "DIR") {
        return line + " -r -F\n";
    }
    line += option.value.empty() ? "" : " -x";
    return words.empty() ? line + "\n" : line + fmt::format(" -a '{}'\n", fmt::join(words, " "));
}

std::string fish_script() {
    std::string all = R"(# fish completion for arc-sidecar
function __arc_sidecar_command
    set -l words (commandline -opc)
    if set -l dashes (contains -i -- -- $words)
        complete -C (string join ' ' -- $words[(math $dashes + 1)..] (commandline -ct))
    end
end
complete -c arc-sidecar -f -a '(__arc_sidecar_command)'
)";
    for (const Command& command : commands()) {
        all += fmt::format("complete -c arc-sidecar -n __fish_use_subcommand -a {} -d '{}'\n",
                           command.name, escaped(command.summary, "'\\", "\\"));
        for (const HelpOption& option : options_of(command.help())) {
            if (is_flag(option) || !option.choices.empty()) {
                all += fish_option(command, option);
            }
        }
    }
    return all;
}

struct Shell {
    std::string_view name;
    std::string (*script)();
};
constexpr std::array kShells{Shell{"bash", &bash_script}, Shell{"zsh", &zsh_script},
                             Shell{"fish", &fish_script}};

CommandLine command_line(std::string& shell) {
    CommandLine line("completion",
                     "Prints a script that completes commands, flags and values in a shell.\n\n"
                     "bash: source <(arc-sidecar completion bash)\n\n"
                     "zsh: source <(arc-sidecar completion zsh)\n\n"
                     "fish: arc-sidecar completion fish | source");
    line.positional("SHELL", shell, "bash, zsh or fish", {"bash", "zsh", "fish"});
    line.exit_codes({{"0", "printed"}, {"64", "usage error"}});
    return line;
}

}  // namespace

Help completion_help() {
    std::string shell;
    return command_line(shell).help();
}

int completion(int argc, char** argv) {
    std::string name;
    CommandLine line = command_line(name);
    if (const auto over = line.parse(argc, argv)) {
        return *over;
    }
    const auto shell = std::ranges::find(kShells, name, &Shell::name);
    if (shell == kShells.end()) {
        return usage_error("completion", "name a shell: bash, zsh or fish");
    }
    arc::print("{}", Composed{shell->script()});
    return kExitOk;
}

}  // namespace arc::cli
