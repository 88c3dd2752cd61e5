// Whether the data in a directory survives a restart of its container. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/volume.hpp"

namespace arc {

// The reason why the data is lost: "/data is in memory (tmpfs)", "/x is not on the declared volume
// /data". Empty: the data survives, as far as `facts` show. nullopt: this process cannot see the
// directory. `facts` are the result of look_at_volume(store, data_dir).
[[nodiscard]] std::optional<std::string> why_lost(const VolumeFacts& facts,
                                                  const std::string& store,
                                                  const std::string& data_dir);

// Whether less than a twentieth of the file system is available. BookKeeper stops writing at this
// point (diskUsageThreshold). False if the size is unknown.
[[nodiscard]] bool is_nearly_full(const VolumeFacts& facts) noexcept;

}  // namespace arc
