// One service's last verdict, shared by the agent's monitoring, probes and scrapes. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

#include "base/deadline.hpp"
#include "config/config.hpp"
#include "health/verdict.hpp"
#include "service.hpp"

namespace arc::agent {

// A caller gets the cached verdict if it is young enough. Otherwise one caller asks the server, and
// the others wait for its result.
class VerdictCache {
public:
    // Both must outlive it. Each check of the server gets at least `least` time, even if its caller
    // has less, because all callers share the verdict. 0: a check gets its caller's time.
    VerdictCache(const Service& service, const Config& config, std::chrono::milliseconds least = {})
        : service_(service), config_(config), least_(least) {}

    struct Told {
        Verdict verdict;
        std::uint64_t count = 0;  // verdicts so far
    };

    // A verdict that is at most `age` old, or from a check that started after this call; 0 requests
    // a new one. If another caller's check outlasts the deadline, returns the last verdict. Without
    // memory or a thread for a check, the verdict reports that.
    [[nodiscard]] Told at_most(std::chrono::milliseconds age, Deadline deadline);

    // From now on new verdicts have this finding, too (nothing: none has). `alone`: it is all that
    // they have, the server is not asked.
    void set_problem(std::optional<Finding> problem, bool alone);

    // The last one, however old; its count is 0 when there is none. Never waits for a server.
    [[nodiscard]] Told last();

private:
    [[nodiscard]] Verdict ask(Deadline deadline);
    [[nodiscard]] std::optional<Told> younger_than(Deadline::Clock::time_point moment);

    const Service& service_;
    const Config& config_;
    std::chrono::milliseconds least_;
    std::timed_mutex asking_;  // one asks at a time
    std::mutex mutex_;         // over what follows
    Told last_;
    std::optional<Finding> problem_;
    bool alone_ = false;
    Deadline::Clock::time_point begun_;  // when the last one was asked for
};

}  // namespace arc::agent
