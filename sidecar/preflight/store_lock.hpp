// What is locked so that no second server uses a store.
//
// The lock must hold before the store exists (a fresh volume), leave nothing on the disk, need no
// right to write, let servers with different stores share a volume, and meet the lock of a
// container that mounts the volume elsewhere. So a store is a byte, named by its path below a
// directory, in each directory from the root of its mount down to the store itself. PID 1 places a
// lock for reading there, the only kind that a directory takes, and asks whether another process
// has one, too (fcntl(2), open file description locks): a file system's inodes are the same in
// every container of a kernel, and locks end with their holder.
//
// Two that place their locks in the same microsecond refuse each other. That is safe, and the
// restart policy tries again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "preflight/report.hpp"

namespace arc::preflight {

// `range` is the service's (Hooks::lock_range). `store` is absolute, there or not yet. The
// outermost directory first, so that the first conflict is met where both look. Reads
// /proc/self/mountinfo and resolves links; without /proc only the nearest existing directory is
// locked.
[[nodiscard]] std::vector<Lock> store_locks(int range, const std::string& store);

// Of a volume somewhere below which the store is: every store of the service below it. Servers of
// other services may use the volume.
[[nodiscard]] std::vector<Lock> volume_locks(int range, const std::string& volume);

// The byte of the store at `relative` ("jetstream"; ".": the directory itself), and the range of
// all stores of the service. Pure.
[[nodiscard]] std::int64_t store_byte(int range, std::string_view relative) noexcept;
[[nodiscard]] std::int64_t first_byte(int range) noexcept;
inline constexpr std::int64_t kBytesOfService = std::int64_t{1} << 56;

}  // namespace arc::preflight
