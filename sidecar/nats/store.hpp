// The disk under JetStream's store, as this process sees it: in the server's own container, or on the server's own host.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "nats/facts.hpp"

namespace arc::nats {

// Looks at the store's folder and at the declared volume (empty: none). What is not visible from here is left unset. Blocks only where the
// file system itself does.
[[nodiscard]] StoreFacts look_at_store(const std::string& store_dir, const std::string& data_dir);

// The type of the file system mounted exactly at `path`, from the text of /proc/self/mountinfo (proc_pid_mountinfo(5)); the last one
// mounted there counts. Pure.
[[nodiscard]] std::optional<std::string> mount_at(std::string_view mountinfo, std::string_view path);

// Whether `path` is `directory` or below it, by name alone ("." and ".." resolved). Pure.
[[nodiscard]] bool is_below(std::string_view path, std::string_view directory);

}  // namespace arc::nats
