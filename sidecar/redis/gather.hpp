// What check asks a server. All I/O goes through client.hpp and base/volume.hpp; the order is here.
#pragma once

#include "base/deadline.hpp"
#include "redis/config.hpp"
#include "redis/facts.hpp"

namespace arc::redis {

// Everything for one check.
[[nodiscard]] Facts gather(const Config& config, Deadline deadline);

// The volume of the server's files, where it says that it cannot save, or is to be ended when it
// stays unhealthy; nothing where it does not say where they are, or is not on this machine.
[[nodiscard]] std::optional<VolumeFacts> look_at_files(const Answers& server, const Config& config);

}  // namespace arc::redis
