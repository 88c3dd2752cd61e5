// toyd as PID 1 sees it.
#pragma once

#include "base/process_facts.hpp"

namespace arc::toy {

// toyd exits with 3 on QUIT after an orderly shutdown.
inline constexpr ProcessFacts kProcess{.name = "toy",
                                       .stop_signal = SIGQUIT,
                                       .expected_exit = {SIGQUIT, 3, "toyd's orderly end on QUIT"}};

}  // namespace arc::toy
