// A command's help as data, and as text for a terminal. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace arc {

struct HelpOption {
    std::string flag;   // "--timeout", "-h, --help"; of an argument "SERVICE..."
    std::string value;  // "DURATION", "text|json"; empty: the flag takes no value
    std::string text;   // what it does, or what the argument is
    // For completion: the values that it accepts. Without the initializer gcc demands it in every
    // row.
    std::vector<std::string> choices = {};  // NOLINT(readability-redundant-member-init)
};

struct HelpGroup {
    std::string title;
    std::vector<HelpOption> options;
};

struct Help {
    std::string command;      // "check"
    std::string arguments;    // what follows the flags: "[SERVICE...]"
    std::string description;  // paragraphs, with an empty line between them
    std::vector<HelpGroup> groups;
    std::vector<std::pair<std::string, std::string>> exit_codes;  // code, meaning
};

// A value with more choices than fit beside a flag is CHOICE there, and its choices are in the
// text.
[[nodiscard]] HelpOption choice_option(std::string flag, std::vector<std::string> choices,
                                       std::string text);

// In lines of at most 80 columns.
[[nodiscard]] std::string help_text(const Help& help);

}  // namespace arc
