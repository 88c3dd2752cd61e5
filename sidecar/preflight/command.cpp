#include "preflight/command.hpp"

#include <algorithm>

namespace arc::preflight {
namespace {

std::string_view file_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

// The flag without its dashes and, apart, what follows its "="; nothing for a word that is no flag.
struct Flag {
    std::string_view name;
    std::optional<std::string_view> value;
};
std::optional<Flag> parse_flag(std::string_view word) {
    if (word.size() < 2 || word.front() != '-') {
        return std::nullopt;
    }
    word.remove_prefix(word[1] == '-' ? 2 : 1);
    const std::size_t mark = word.find('=');
    return Flag{word.substr(0, mark), mark == std::string_view::npos ? std::nullopt : std::optional{word.substr(mark + 1)}};
}

}  // namespace

std::optional<ServerCommand> find_server(std::span<const std::string> command, std::span<const std::string_view> names) {
    const auto found =
        std::ranges::find_if(command, [&](const std::string& word) { return std::ranges::find(names, file_name(word)) != names.end(); });
    if (found == command.end()) {
        return std::nullopt;
    }
    return ServerCommand{*found, {found + 1, command.end()}};
}

std::optional<std::string> flag_value(std::span<const std::string> arguments, std::span<const std::string_view> names) {
    std::optional<std::string> value;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto flag = parse_flag(arguments[i]);
        if (!flag || std::ranges::find(names, flag->name) == names.end()) {
            continue;
        }
        if (flag->value) {
            value = std::string(*flag->value);
        } else {
            value = i + 1 < arguments.size() ? arguments[++i] : std::string{};
        }
    }
    return value;
}

bool has_switch(std::span<const std::string> arguments, std::span<const std::string_view> names) {
    return std::ranges::any_of(arguments, [&](const std::string& word) {
        const auto flag = parse_flag(word);
        return flag && std::ranges::find(names, flag->name) != names.end() && flag->value.value_or("true") != "false";
    });
}

}  // namespace arc::preflight
