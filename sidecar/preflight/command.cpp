#include "preflight/command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/suggest.hpp"

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
    return Flag{word.substr(0, mark), mark == std::string_view::npos
                                          ? std::nullopt
                                          : std::optional{word.substr(mark + 1)}};
}

// The option of a shell that makes a script of what follows: of `sh -c`, `bash -ec`, `bash -l -o
// pipefail -c`. Nothing: there is none.
std::optional<std::string> script_option(std::span<const std::string> command) {
    constexpr std::array<std::string_view, 6> shells{"sh", "bash", "dash", "ash", "ksh", "zsh"};
    if (!std::ranges::contains(shells, file_name(command.front()))) {
        return std::nullopt;
    }
    for (std::size_t i = 1; i < command.size() && command[i].starts_with('-'); ++i) {
        const bool letters = !command[i].starts_with("--");
        if (letters && command[i].contains('c')) {
            return command[i];
        }
        i += letters && command[i].ends_with('o') ? 1 : 0;  // its value
    }
    return std::nullopt;
}

// `env -C DIR`, `--chdir=DIR`, `chroot DIR`: relative paths are others for the server than for us,
// or all are.
bool moves(std::string_view word) {
    return word.starts_with("-C") || word.starts_with("--chdir") || file_name(word) == "chroot";
}

}  // namespace

std::expected<ServerCommand, std::string> find_server(std::span<const std::string> command,
                                                      std::span<const std::string_view> names) {
    // A word with blanks is a line for a shell, such as that of `su -c 'exec
    // /usr/bin/redis-server'`.
    const auto is_server = [&](std::size_t i) {
        return i < command.size() && !command[i].contains(' ') &&
               std::ranges::contains(names, file_name(command[i]));
    };
    for (std::size_t i = 0; i < command.size(); ++i) {
        // else a user of that name: `gosu nats-server nats-server`
        if (is_server(i) && !is_server(i + 1)) {
            return ServerCommand{
                command[i], {command.begin() + static_cast<std::ptrdiff_t>(i) + 1, command.end()}};
        }
        if (const auto option = script_option(command.subspan(i))) {
            return std::unexpected(
                fmt::format("`{} {}` runs a script, which is not read", command[i], *option));
        }
        if (moves(command[i])) {
            return std::unexpected(fmt::format("{} starts it in another directory", command[i]));
        }
    }
    return std::unexpected(fmt::format(
        "{}: not {}, and no word behind it is: a script, or a program under another name",
        command.empty() ? "the command" : command.front(), fmt::join(names, " or ")));
}

std::optional<std::string> spoken_value(std::span<const std::string> command,
                                        std::string_view name) {
    std::string text = fmt::format("{}", fmt::join(command, " "));
    std::ranges::replace_if(
        text, [](char c) { return std::string_view{"\"'\t\n;&|()"}.contains(c); }, ' ');
    std::vector<std::string_view> words = split(text, ' ');
    std::erase(words, std::string_view{});
    std::optional<std::string> value;
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        if (words[i] == name || (words[i].starts_with("--") && words[i].substr(2) == name)) {
            value = words[i + 1];
        }
    }
    return value;
}

std::optional<std::string> flag_value(std::span<const std::string> arguments,
                                      std::span<const std::string_view> names) {
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

}  // namespace arc::preflight
