#include "agent/stop_cache.hpp"

namespace arc::agent {

std::optional<StopAnswer> StopCache::at_most(std::chrono::milliseconds age, Deadline deadline) {
    const auto called = Deadline::Clock::now();
    const std::unique_lock asks(asking_, deadline.remaining());
    if (!asks.owns_lock() || deadline.expired()) {
        return std::nullopt;
    }
    if (!last_ || begun_ + age < called) {
        const auto begun = Deadline::Clock::now();
        last_ = service_.cluster->may_stop(config_, deadline);
        begun_ = begun;
    }
    return last_;
}

}  // namespace arc::agent
