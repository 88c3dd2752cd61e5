#include "redis/redis.hpp"

#include "redis/assess.hpp"
#include "redis/gather.hpp"
#include "redis/restart.hpp"
#include "state/state.hpp"

namespace arc::redis {

Verdict check(const Config& config, Deadline deadline) {
    const Facts facts = gather(config, deadline);
    Verdict verdict =
        assess(facts, config, absent_level(read_agent_state(*config.state_dir, "redis")));
    verdict.restart = restart_facts(facts, config);
    return verdict;
}

}  // namespace arc::redis
