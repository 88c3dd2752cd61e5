// Facts against what is declared: findings. Pure.
#pragma once

#include "health/verdict.hpp"
#include "nats/config.hpp"
#include "nats/facts.hpp"

namespace arc::nats {

// At this share of JetStream's own limits (max_file_store, max_memory_store) somebody should look.
inline constexpr std::int64_t kFullPercent = 95;
// Below this the store's disk is full: the server writes in blocks and refuses messages before the
// last byte is gone (measured).
inline constexpr std::int64_t kDiskFull = 1024LL * 1024;

// Levels, with what decides them:
//   starting   the server recovers its streams; and, where `absent` is starting (the agent is still
//   at work), nobody answers, JetStream does
//              not, its cluster has no leader or a stream is missing
//   unhealthy  any of these four, otherwise; no access; JetStream off; a damaged stream; the server
//   calls itself unfit;
//              the store not on the declared volume; the disk full
//   degraded   a stream differs; the monitoring port does not answer; little disk space; a limit
//   nearly reached; the volume is a tmpfs
// Each thing that was looked at and is right is a finding, too. `elapsed` is left to the caller.
[[nodiscard]] Verdict assess(const Facts& facts, const Config& config, Level absent);

// What to do about a JetStream that leaves requests unanswered on a connection that stands.
inline constexpr const char* kSilentAdvice =
    "see the server's log; in a cluster, the other servers";

// What it means that the client port could not be used, and what to do: one of the findings of
// assess().
[[nodiscard]] Finding no_client(const Error& error, const NatsConfig& config, Level absent);

}  // namespace arc::nats
