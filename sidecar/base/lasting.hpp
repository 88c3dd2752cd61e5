// Whether what is stored in a directory is still there after a restart of its container. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/volume.hpp"

namespace arc {

// Why not: "/data is in memory (tmpfs)", "/x is not on the declared volume /data". Empty: it stays,
// as far as can be seen. Nothing: the directory is not visible from here. `facts` are what
// look_at_volume(store, data_dir) saw.
[[nodiscard]] std::optional<std::string> why_lost(const VolumeFacts& facts,
                                                  const std::string& store,
                                                  const std::string& data_dir);

// Less than a twentieth of the disk is left to write: where BookKeeper stops (diskUsageThreshold).
// False for what cannot be seen.
[[nodiscard]] bool is_nearly_full(const VolumeFacts& facts) noexcept;

}  // namespace arc
