// Whether this member of a cluster may stop, shared by /stopz and the scrapes. Thread-safe.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "base/deadline.hpp"
#include "config/config.hpp"
#include "health/stop.hpp"
#include "service.hpp"

namespace arc::agent {

class StopCache {
public:
    // Both must outlive it.
    StopCache(const Service& service, const Config& config) : service_(service), config_(config) {}

    // Whether there is a question: has_stop_gate().
    [[nodiscard]] bool applies() const noexcept { return has_stop_gate(service_, config_); }

    // An answer that is at most `age` old. One caller asks the cluster, and the others wait for its
    // answer. nullopt: there is none within the deadline. Requires applies().
    [[nodiscard]] std::optional<StopAnswer> at_most(std::chrono::milliseconds age,
                                                    Deadline deadline);

private:
    const Service& service_;
    const Config& config_;
    std::timed_mutex asking_;  // over what follows
    std::optional<StopAnswer> last_;
    Deadline::Clock::time_point begun_;
};

}  // namespace arc::agent
