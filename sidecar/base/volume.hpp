// A directory of data and the volume that it should be on, as this process sees them: in the
// server's own container, or on its host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace arc {

struct VolumeFacts {
    std::optional<std::int64_t> available;  // bytes that the server's user can still write
    std::optional<std::int64_t> size;       // bytes of the file system
    bool in_memory = false;                 // the file system is a tmpfs or ramfs
    // the directory without symbolic links, where it is visible
    std::optional<std::string> real_store;
    std::optional<std::string> real_data_dir;  // the declared volume likewise
    // the declared volume is a mount of its own (/proc/self/mountinfo)
    std::optional<bool> mounted;
    std::string filesystem;  // its type: "ext4", "tmpfs"
};

// Looks at the directory and at the declared volume (empty: none). What is not visible from here is
// left unset. Blocks only where the file system itself does.
[[nodiscard]] VolumeFacts look_at_volume(const std::string& store, const std::string& data_dir);

// The text of /proc/self/mountinfo; empty where it cannot be read.
[[nodiscard]] std::string read_mountinfo();

// The type of the file system mounted exactly at `path`, from the text of /proc/self/mountinfo
// (proc_pid_mountinfo(5)); the last one mounted there counts. Pure.
[[nodiscard]] std::optional<std::string> mount_at(std::string_view mountinfo,
                                                  std::string_view path);

// Whether `path` is `directory` or below it, by name alone ("." and ".." resolved). Pure.
[[nodiscard]] bool is_below(std::string_view path, std::string_view directory);

}  // namespace arc
