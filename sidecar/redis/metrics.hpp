// What a Redis (or Valkey) says of itself, as the series of redis_exporter 1.88.0 (names, types and
// labels as measured there on Redis 7.0.15), so that its dashboards work. The series about keys'
// groups, streams, scripts and modules, which that exporter makes on request only, are not made.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "metrics/source.hpp"
#include "redis/client.hpp"
#include "redis/config.hpp"

namespace arc::redis {

// What to ask for a scrape, in the order in which expose() reads the replies. Views into `config`.
[[nodiscard]] std::vector<Command> metrics_questions(const RedisConfig& config);

// A scrape's INFO, LATENCY and CONFIG of a server on which every command was used have 200 KB.
inline constexpr ReplyLimits kMetricsLimits{.bytes = std::size_t{4} * 1024 * 1024,
                                            .elements = 4096};

// Adds what the replies say. `now` is seconds since 1970, for the start of a server that says how
// long it has been up. Pure. A reply that is an error is something that could not be read: the
// others stand by themselves.
[[nodiscard]] metrics::Scrape expose(std::span<const Reply> replies, bool credentials_sent,
                                     double now, metrics::Exposition& exposition);

// One connection and one round trip a scrape. `config` must outlive it.
[[nodiscard]] std::unique_ptr<metrics::Source> metrics_source(const Config& config);

}  // namespace arc::redis
