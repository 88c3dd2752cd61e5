#include "sentinel/sentinel.hpp"

#include "sentinel/assess.hpp"
#include "sentinel/gather.hpp"
#include "state/state.hpp"

namespace arc::sentinel {

Verdict check(const Config& config, Deadline deadline) {
    const Level absent = absent_level(read_agent_state(*config.state_dir, "sentinel"));
    Verdict verdict = assess(gather(config, deadline), config, absent);
    // What it knows is in its configuration file, and it learns the rest again.
    verdict.restart = {.data = RestartFacts::Data::safe, .why = {}};
    return verdict;
}

}  // namespace arc::sentinel
