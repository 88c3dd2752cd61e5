// Facts against what is declared: findings. Pure.
#pragma once

#include "health/verdict.hpp"
#include "nats/config.hpp"
#include "nats/facts.hpp"

namespace arc::nats {

// From this share of max_file_store or max_memory_store on, a finding is degraded.
inline constexpr std::int64_t kFullPercent = 95;
// Below this the store's disk is full: the server writes in blocks and refuses messages before the
// last byte is gone (measured).
inline constexpr std::int64_t kDiskFull = 1024LL * 1024;

// Levels, with what decides them:
//   starting   The server recovers its streams. If `absent` is starting (the agent still waits):
//              the server or JetStream does not answer, the cluster has no leader, or a stream is
//              missing.
//   unhealthy  Any of these four otherwise; no access; JetStream off; a damaged stream; /healthz
//              fails; the store is not on the declared volume; the disk is full.
//   degraded   A stream differs; the monitoring port does not answer; little disk space; a limit
//              is nearly reached; the volume is a tmpfs.
// Each check that passes is a finding, too. The caller sets `elapsed`.
[[nodiscard]] Verdict assess(const Facts& facts, const Config& config, Level absent);

// What to do about a JetStream that leaves requests unanswered on a connection that stands.
inline constexpr const char* kSilentAdvice =
    "see the server's log; in a cluster, the other servers";

// What it means that the client port could not be used, and what to do: one of the findings of
// assess().
[[nodiscard]] Finding no_client(const Error& error, const NatsConfig& config, Level absent);

}  // namespace arc::nats
