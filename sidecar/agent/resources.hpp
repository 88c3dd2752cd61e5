// What the agent may take of the container that it shares with its server. A container that runs
// out of memory loses a process, and on cgroup v2 with memory.oom.group all of them: so the agent's
// own memory has a limit, and what fails then is the agent's allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace arc::agent {

inline constexpr std::size_t kLeastMemory = std::size_t{64} * 1024 * 1024;
inline constexpr std::size_t kMostMemory = std::size_t{512} * 1024 * 1024;

struct Resources {
    // bytes of data (RLIMIT_DATA: heap, stacks, everything written to), for the whole process
    std::size_t memory = kMostMemory;
    std::size_t connections = 0;  // of HTTP clients at one time
};

// A fifth of the container's memory, but at least kLeastMemory and at most kMostMemory, which is
// also for a container without a limit. Pure.
[[nodiscard]] std::size_t memory_cap(std::optional<std::int64_t> container) noexcept;

// How many connections leave the agent's own questions their descriptors (http/limits.hpp), out of
// `descriptors`; at least 4. Pure.
[[nodiscard]] std::size_t connection_cap(std::uint64_t descriptors) noexcept;

// Applies it to this process, which must be single-threaded yet: the memory limit, small stacks for
// its threads, and oom_score_adj, so that the kernel chooses the agent before the server. What
// cannot be set is left as it is.
[[nodiscard]] Resources confine();

}  // namespace arc::agent
