// Reads the assignments of a shell script of settings, such as conf/pulsar_env.sh. Runs nothing.
// Pure.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace arc::pulsar {

// A variable of the environment. nullopt: not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// The variables that the script assigns. nullopt: a value that only a shell can find, because it
// depends on a command, a condition or an array.
using ShellVariables = std::map<std::string, std::optional<std::string>, std::less<>>;

// Understands lines of the form [export] NAME=VALUE. VALUE may have quotes, $NAME, ${NAME} and
// ${NAME:-DEFAULT} (also with - and nested). A condition on an empty variable of the same name,
// `if [ -z "$NAME" ]; then NAME=…`, assigns nothing if it has a value.
[[nodiscard]] ShellVariables read_shell_settings(std::string_view script,
                                                 const Environment& environment);

}  // namespace arc::pulsar
