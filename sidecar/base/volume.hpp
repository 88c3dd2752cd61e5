// A data directory and the volume that should contain it, as this process sees them. It runs in the
// server's container or on its host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace arc {

struct VolumeFacts {
    std::optional<std::int64_t> available;  // bytes available to the server's user
    std::optional<std::int64_t> size;       // bytes of the file system
    bool in_memory = false;                 // the file system is a tmpfs or ramfs
    // The directory without symbolic links, if this process can see it.
    std::optional<std::string> real_store;
    std::optional<std::string> real_data_dir;  // the same for the declared volume
    // Whether the declared volume is a mount point (/proc/self/mountinfo).
    std::optional<bool> mounted;
    std::string filesystem;  // its type: "ext4", "tmpfs"
};

// Reads the facts of `store` and of the declared volume `data_dir` (empty: none). Facts that this
// process cannot see stay unset. Blocks only if the file system does.
[[nodiscard]] VolumeFacts look_at_volume(const std::string& store, const std::string& data_dir);

// The text of /proc/self/mountinfo; empty if it cannot be read.
[[nodiscard]] std::string read_mountinfo();

// The type of the file system mounted exactly at `path`, from the text of /proc/self/mountinfo
// (proc_pid_mountinfo(5)). Of several mounts at `path` the last one counts. Pure.
[[nodiscard]] std::optional<std::string> mount_at(std::string_view mountinfo,
                                                  std::string_view path);

// Whether `path` is `directory` or below it, comparing only the names after resolving "." and "..".
// Pure.
[[nodiscard]] bool is_below(std::string_view path, std::string_view directory);

}  // namespace arc
