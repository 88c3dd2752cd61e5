// Facts and declaration -> findings. Pure.
#pragma once

#include "health/verdict.hpp"
#include "nats/config.hpp"
#include "nats/facts.hpp"

namespace arc::nats {

// From this percentage of a limit on, a finding is degraded.
inline constexpr std::int64_t kFullPercent = 95;
// Below this the store's disk is full: the server writes in blocks and refuses messages before the
// last byte is gone (measured).
inline constexpr std::int64_t kDiskFull = 1024LL * 1024;

// The levels are in findings.hpp. Those that fail only until the server has started are `absent`:
// `starting` while the agent waits for it, otherwise unhealthy. Each check that passes is a
// finding, too. The caller sets `elapsed`.
[[nodiscard]] Verdict assess(const Facts& facts, const Config& config, Level absent);

// Why the client port could not be used: one of the findings of assess().
[[nodiscard]] Finding no_client(const Error& error, const NatsConfig& config, Level absent);

// Why no stream can be used: two of the findings of assess(). `monitor` may give the reason.
[[nodiscard]] Finding not_running(const JetStreamDisabled& off);
[[nodiscard]] Finding not_running(const JetStreamSilent& silence, const MonitorFacts* monitor,
                                  Level absent);

// What a restart of this server would lose. At stake: streams in memory, damaged streams, or a
// store that is lost with the container. Safe: none of these, and both ports answered.
[[nodiscard]] RestartFacts restart_facts(const Facts& facts, const Config& config);

}  // namespace arc::nats
