// One command's arguments. A wrapper over CLI11, so that its header is compiled once, and so that
// every command has the same settings as flags, the same errors (64, the flag, a suggestion) and
// the same help.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/help.hpp"
#include "config/load.hpp"

namespace arc::cli {

// Prints to standard error what is wrong with the arguments of `command`; returns 64.
[[nodiscard]] int usage_error(const std::string& command, const std::string& text);

// The setting that --timeout sets for a command, and its text in the help.
struct TimeoutFlag {
    std::string key;
    std::string text;
};

// Each `target` must outlive parse().
class CommandLine {
public:
    // `name` as typed after arc-sidecar; `description` are paragraphs of its help.
    CommandLine(std::string name, std::string description);
    ~CommandLine();
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;
    CommandLine(CommandLine&&) noexcept;
    CommandLine& operator=(CommandLine&&) noexcept;

    void flag(const std::string& name, bool& target, const std::string& text);
    // Without `choices` it takes any text, which the help calls `value`.
    void option(const std::string& name, std::string& target, const std::string& text,
                const std::vector<std::string>& choices, const std::string& value = "NAME");
    // One optional argument, NAME in the help. `choices` are for completion alone.
    void positional(const std::string& name, std::string& target, const std::string& text,
                    std::vector<std::string> choices);
    // The names of services; each is checked against the registry.
    void services(std::vector<std::string>& target);
    // The same for a command that accepts one: it checks the number itself, with the configuration.
    void one_service(std::vector<std::string>& target);
    // --config and one flag for each setting that is not a secret. Without `timeout`, the command
    // has no --timeout.
    void settings(LoadOptions& target, std::optional<TimeoutFlag> timeout = std::nullopt);

    // For the help alone: what follows the flags, and the exit codes.
    void following(const std::string& arguments);
    void exit_codes(std::vector<std::pair<std::string, std::string>> codes);
    [[nodiscard]] Help help() const;

    // argv as main() has it, from the word after the command's name. Returns an exit code if the
    // command ends here: help was printed (0) or the arguments are wrong (64).
    [[nodiscard]] std::optional<int> parse(int argc, char** argv);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace arc::cli
