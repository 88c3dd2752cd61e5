// The requests of a check, in their order. All I/O goes through client.hpp and base/volume.hpp.
#pragma once

#include "base/deadline.hpp"
#include "redis/config.hpp"
#include "redis/facts.hpp"

namespace arc::redis {

// The facts of one check.
[[nodiscard]] Facts gather(const Config& config, Deadline deadline);

// The volume of the server's files, if the server cannot save, or if the agent may end an unhealthy
// server. nullopt: not needed, the server does not report its directory, or it is not on this
// machine.
[[nodiscard]] std::optional<VolumeFacts> look_at_files(const Answers& server, const Config& config);

}  // namespace arc::redis
