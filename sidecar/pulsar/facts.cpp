#include "pulsar/facts.hpp"

#include "base/variant.hpp"

namespace arc::pulsar {

const DeepResult* find_result(const DeepHealth& deep) noexcept {
    using Found = const DeepResult*;
    return std::visit(Match{[](const DeepFromAgent& agent) -> Found { return &agent.result; },
                            [](const DeepAsked& asked) -> Found { return &asked.result; },
                            [](const DeepHeldOff& earlier) -> Found { return &earlier.result; },
                            [](const DeepBusy& busy) -> Found {
                                return busy.last ? &busy.last->result : nullptr;
                            },
                            [](const NotAsked&) -> Found { return nullptr; },
                            [](const DeepNoTime&) -> Found { return nullptr; }},
                      deep);
}

}  // namespace arc::pulsar
