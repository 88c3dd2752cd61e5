// The requests of check and bootstrap, in their order. All I/O goes through client.hpp, deep.hpp,
// base/volume.hpp and state/state.hpp.
#pragma once

#include "base/deadline.hpp"
#include "pulsar/client.hpp"
#include "pulsar/config.hpp"
#include "pulsar/facts.hpp"

namespace arc::pulsar {

// The facts of one check.
[[nodiscard]] Facts gather(const Config& config, Deadline deadline);

// The startup stages 1 to 4 (stages.hpp), until the first obstacle.
[[nodiscard]] Facts gather_stages(const PulsarConfig& config, AdminClient& admin,
                                  Deadline deadline);

// The declared objects (stage 5). An object that the token gives no access to is Denied. Any other
// error ends the requests and is returned.
[[nodiscard]] Result<Objects> gather_objects(const PulsarConfig& config, AdminClient& admin,
                                             Deadline deadline);

}  // namespace arc::pulsar
