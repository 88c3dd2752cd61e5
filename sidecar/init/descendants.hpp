// Finds the processes that the server left behind, in /proc. `kill -1` would reach other processes,
// too: those of the whole machine if `run` is not PID 1, and those of `docker exec` in a container.
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
    std::string name;  // as in the kernel, at most 15 characters
    bool zombie = false;
};

// Parses the text of /proc/PID/stat. nullopt if it is invalid. Pure.
[[nodiscard]] std::optional<Process> parse_stat(std::string_view text);

// The processes of `all` that descend from `root`, without zombies and `except` (the agent). Pure.
[[nodiscard]] std::vector<Process> descendants_of(const std::vector<Process>& all, pid_t root,
                                                  pid_t except);

// The processes in /proc. Empty if /proc is not mounted.
[[nodiscard]] std::vector<Process> read_processes(Sys& sys);

// "57 (redis-server), 58 (sh)": the first five, and the number of the others. Pure.
[[nodiscard]] std::string list_names(const std::vector<Process>& processes);

}  // namespace arc::init
