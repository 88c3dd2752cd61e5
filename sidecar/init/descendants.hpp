// The processes that the server left behind, found in /proc. Not "everybody else" (kill -1): as an
// ordinary process PID 1 may see the whole machine, and in a container a `docker exec` is nobody's
// child here and not ours to end.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "init/sys.hpp"

namespace arc::init {

struct Process {
    pid_t pid = 0;
    pid_t parent = 0;
    std::string name;  // the kernel's, at most 15 characters
    bool zombie = false;
};

// From the text of /proc/PID/stat; nothing when it is not one. Pure.
[[nodiscard]] std::optional<Process> parse_stat(std::string_view text);

// Those of `all` that descend from `root`, zombies and `except` (the agent) left out. Pure.
[[nodiscard]] std::vector<Process> descendants_of(const std::vector<Process>& all, pid_t root,
                                                  pid_t except);

// What /proc shows now. Empty where it is not mounted.
[[nodiscard]] std::vector<Process> read_processes(Sys& sys);

// "57 (redis-server), 58 (sh)"; the first five, then how many more. Pure.
[[nodiscard]] std::string list_names(const std::vector<Process>& processes);

}  // namespace arc::init
