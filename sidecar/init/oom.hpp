// How often the kernel killed in this container's cgroup for want of memory: what tells an
// out-of-memory kill from any other KILL. Sources: cgroup v2 `memory.events`, v1
// `memory.oom_control` (`oom_kill N` in both; in v1 since Linux 4.13).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "init/sys.hpp"

namespace arc::init {

// The N of the line `oom_kill N`; nothing when there is no such line. Pure.
[[nodiscard]] std::optional<std::uint64_t> parse_oom_kills(std::string_view text);

// The counter now; nothing where no cgroup with a memory controller is visible. A container with a
// cgroup namespace sees itself as the root, one without sees the host's path there but its own
// directory mounted as the root: so both are tried.
[[nodiscard]] std::optional<std::uint64_t> read_oom_kills(Sys& sys);

}  // namespace arc::init
