// Where the kernel keeps this process's memory accounting: cgroup v1 and v2. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace arc {

// The files to try, nearest first, from the text of /proc/self/cgroup (cgroups(7)): `v2` below
// /sys/fs/cgroup, `v1` below /sys/fs/cgroup/memory; in the process's own group, and at the root,
// which is what a container sees of its own group.
[[nodiscard]] std::vector<std::string> memory_files(std::string_view proc_self_cgroup,
                                                    std::string_view v2, std::string_view v1);

// Bytes from memory.max or memory.limit_in_bytes; nothing for "max" and for the huge number by
// which v1 says it.
[[nodiscard]] std::optional<std::int64_t> parse_memory_limit(std::string_view text);

}  // namespace arc
