// One command's arguments. A wrapper over CLI11, so that its header is compiled once, and so that
// every command has the same settings as flags, the same errors (64, the flag, a suggestion) and
// the same help.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/load.hpp"

namespace arc::cli {

// Says on standard error what is wrong with the arguments of `command`; 64.
[[nodiscard]] int usage_error(const std::string& command, const std::string& text);

class CommandLine {
public:
    // `name` as typed after arc-sidecar; `summary` is the first paragraph of its help.
    CommandLine(std::string name, std::string summary);
    ~CommandLine();
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;

    // The words after the command's name in the line "Usage: …".
    void usage(const std::string& words);

    // `target` must outlive parse().
    void flag(const std::string& name, bool& target, const std::string& help);
    void option(const std::string& name, std::string& target, const std::string& help,
                const std::vector<std::string>& choices = {});

    // One optional word. `target` must outlive parse().
    void positional(const std::string& name, std::string& target, const std::string& help);

    // The positional service names; each is checked against the registry.
    void services(std::vector<std::string>& target);

    // --config and one flag for each setting that is not a secret. `timeout_key` is the setting
    // that --timeout means for this command.
    void settings(LoadOptions& target, const std::string& timeout_key);

    // argv as main() has it, from the word after the command's name. An exit code when the command
    // is over: help was printed (0) or the arguments are wrong (64, said on standard error).
    [[nodiscard]] std::optional<int> parse(int argc, char** argv);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace arc::cli
