// What check and bootstrap ask a broker. All I/O goes through client.hpp, deep.hpp, base/volume.hpp
// and state/state.hpp; the order is here.
#pragma once

#include "base/deadline.hpp"
#include "pulsar/client.hpp"
#include "pulsar/config.hpp"
#include "pulsar/facts.hpp"

namespace arc::pulsar {

// Everything for one check.
[[nodiscard]] Facts gather(const Config& config, Deadline deadline);

// The startup stages 1 to 4 (stages.hpp), one after the other, until the first obstacle.
[[nodiscard]] Facts gather_stages(const PulsarConfig& config, AdminClient& admin,
                                  Deadline deadline);

// What is declared (stage 5). What the token may not ask about is Denied; the first other question
// without an answer ends it.
[[nodiscard]] Result<Objects> gather_objects(const PulsarConfig& config, AdminClient& admin,
                                             Deadline deadline);

}  // namespace arc::pulsar
