// What preflight says: reasons not to start the server, things that somebody should know, and directories that this server alone may
// use. A line each, for people and for PID 1, which reads them from the process that looks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace arc::preflight {

struct Report {
    std::vector<std::string> refusals;  // starting would lose data or is bound to fail
    std::vector<std::string> warnings;  // it may start, and this will be missed later
    std::vector<std::string> locks;     // absolute paths of directories
};

// "refused: …", "warning: …" and "lock: …", each with its line end; a text never holds one. Pure.
[[nodiscard]] std::string to_lines(const Report& report);

// The inverse. A line that is none of these is left out: it may be the last words of a process that died. Pure.
[[nodiscard]] Report from_lines(std::string_view lines);

}  // namespace arc::preflight
