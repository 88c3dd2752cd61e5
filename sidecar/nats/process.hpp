// nats-server as PID 1 sees it.
#pragma once

#include "base/process_facts.hpp"

namespace arc::nats {

// nats-server 2.10 exits with 1 on TERM and with 0 on INT, after the same orderly shutdown (2.11: 0
// on both).
inline constexpr ProcessFacts kProcess{
    .name = "nats",
    .stop_signal = SIGINT,
    .expected_exit = {SIGTERM, 1, "nats-server 2.10 leaves with 1 on TERM; INT gives 0"}};

}  // namespace arc::nats
