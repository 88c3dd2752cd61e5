// One service's verdicts, shared by those who want one: the agent's watch, probes and scrapes. Safe
// for several threads.
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

// Whoever wants one that is young enough gets the last one; else one asks, and the others wait for
// its answer.
class VerdictCache {
public:
    // Both must outlive it. Each question to the server gets `least` time at least, however little
    // its caller has: the verdict is everybody's, and one that was cut short says nothing of the
    // server. 0: what the caller has, for a caller that shares with nobody.
    VerdictCache(const Service& service, const Config& config, std::chrono::milliseconds least = {})
        : service_(service), config_(config), least_(least) {}

    struct Told {
        Verdict verdict;
        std::uint64_t count = 0;  // verdicts so far
    };

    // A verdict that is at most `age` old, or that somebody asked for after this call; 0 is a new
    // one. Whoever cannot have it within the deadline, because others ask, gets the last one.
    // Without memory or a thread for it the verdict says that.
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
