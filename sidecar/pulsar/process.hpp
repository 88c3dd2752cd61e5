// The facts about Pulsar standalone that PID 1 needs.
#pragma once

#include "base/process_facts.hpp"

namespace arc::pulsar {

inline constexpr ProcessFacts kProcess{
    .name = "pulsar", .expected_exit = {SIGTERM, 128 + SIGTERM, "a JVM's orderly end on TERM"}};

}  // namespace arc::pulsar
