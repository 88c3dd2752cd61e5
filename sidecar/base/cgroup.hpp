// The files of the kernel's memory accounting for this process, in cgroup v1 and v2. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace arc {

// The files to try, from the text of /proc/self/cgroup (cgroups(7)): `v2` below /sys/fs/cgroup,
// `v1` below /sys/fs/cgroup/memory. First in the process's own group, then at the root. A container
// may see its own group as the root.
[[nodiscard]] std::vector<std::string> memory_files(std::string_view proc_self_cgroup,
                                                    std::string_view v2, std::string_view v1);

// The bytes in memory.max or memory.limit_in_bytes. nullopt if there is no limit: "max", or a huge
// number in v1.
[[nodiscard]] std::optional<std::int64_t> parse_memory_limit(std::string_view text);

}  // namespace arc
