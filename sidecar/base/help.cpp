#include "base/help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <utility>

#include "base/wrap.hpp"

namespace arc {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kColumn = 30;  // of the texts of options
constexpr std::size_t kLongestChoices = 30;

// `text` in lines from `column` on. The first line follows `start`, or the next one if that is too
// long.
std::string row(const std::string& start, std::string_view text, std::size_t column) {
    std::string all = start;
    std::size_t at = start.size();
    if (at + 2 > column) {
        all += '\n';
        at = 0;
    }
    for (const std::string& line : wrap(text, kWidth - column)) {
        all += fmt::format("{:{}}{}\n", "", column - at, line);
        at = 0;
    }
    return all;
}

std::string paragraphs(std::string_view text) {
    std::string all;
    while (!text.empty()) {
        const std::size_t end = text.find("\n\n");
        all += fmt::format("\n{}\n", fmt::join(wrap(text.substr(0, end), kWidth), "\n"));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 2);
    }
    return all;
}

}  // namespace

HelpOption choice_option(std::string flag, std::vector<std::string> choices, std::string text) {
    std::string value = fmt::format("{}", fmt::join(choices, "|"));
    if (value.size() > kLongestChoices) {
        text += fmt::format(": {}", fmt::join(choices, ", "));
        value = "CHOICE";
    }
    return {.flag = std::move(flag),
            .value = std::move(value),
            .text = std::move(text),
            .choices = std::move(choices)};
}

std::string help_text(const Help& help) {
    std::string all = fmt::format("Usage: arc-sidecar {} [OPTIONS]{}{}\n", help.command,
                                  help.arguments.empty() ? "" : " ", help.arguments);
    all += paragraphs(help.description);
    for (const HelpGroup& group : help.groups) {
        all += fmt::format("\n{}:\n", group.title);
        for (const HelpOption& option : group.options) {
            const std::string_view blank = option.value.empty() ? "" : " ";
            all += row(fmt::format("  {}{}{}", option.flag, blank, option.value), option.text,
                       kColumn);
        }
    }
    if (!help.exit_codes.empty()) {
        all += "\nExit code:\n";
    }
    for (const auto& [code, meaning] : help.exit_codes) {
        all += row(fmt::format("  {}", code), meaning, 9);
    }
    return all;
}

}  // namespace arc
