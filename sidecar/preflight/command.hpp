// The server in a command line, and the flags that it was given. Pure.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace arc::preflight {

struct ServerCommand {
    std::string program;                 // as it was typed
    std::vector<std::string> arguments;  // what follows it
};

// The first word whose file name is one of `names`: the server itself, or the server behind an
// entry point that passes its arguments on (`docker-entrypoint.sh redis-server …`). The error says
// why there is none: what is inside `sh -c "…"` is not looked into, a script or a program of
// another name may be anything, and behind `env -C` or `chroot` its paths are others.
[[nodiscard]] std::expected<ServerCommand, std::string> find_server(
    std::span<const std::string> command, std::span<const std::string_view> names);

// The word behind `--name` or `name`, wherever it is in the command, a shell's script included:
// "yes" of `sh -c 'exec redis-server
// --appendonly yes'`. The last one counts. A hint for what a command that was not understood is
// about, no more.
[[nodiscard]] std::optional<std::string> spoken_value(std::span<const std::string> command,
                                                      std::string_view name);

// The value of the last of the flags `names` ("c", "config"), written `-c value`, `--config value`
// or `--config=value`: Go's flag package and Pulsar's JCommander take all of these. An empty string
// for a flag at the end of the line.
[[nodiscard]] std::optional<std::string> flag_value(std::span<const std::string> arguments,
                                                    std::span<const std::string_view> names);

}  // namespace arc::preflight
