// Counts the out-of-memory kills in this container's cgroup, to distinguish them from other KILLs.
// Sources: `memory.events` in cgroup v2, `memory.oom_control` in v1. Both have a line `oom_kill N`,
// v1 since Linux 4.13.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "init/sys.hpp"

namespace arc::init {

// The N of the line `oom_kill N`; nullopt without such a line. Pure.
[[nodiscard]] std::optional<std::uint64_t> parse_oom_kills(std::string_view text);

// The current counter; nullopt if no cgroup with a memory controller is visible. With a cgroup
// namespace, a container sees its own group as the root. Without one, /proc/self/cgroup has the
// host's path, but the container's own directory is mounted as the root. So it tries both.
[[nodiscard]] std::optional<std::uint64_t> read_oom_kills(Sys& sys);

}  // namespace arc::init
