// A Pulsar standalone as PID 1 sees it.
#pragma once

#include "base/process_facts.hpp"

namespace arc::pulsar {

inline constexpr ProcessFacts kProcess{
    .name = "pulsar", .expected_exit = {SIGTERM, 128 + SIGTERM, "a JVM's orderly end on TERM"}};

}  // namespace arc::pulsar
