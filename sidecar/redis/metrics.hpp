// The metrics of a Redis or Valkey, with the names, types and labels of redis_exporter 1.88.0 (as
// measured on Redis 7.0.15), so that its dashboards work. The series that this exporter makes on
// request only (key groups, streams, scripts and modules) are missing.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "metrics/source.hpp"
#include "redis/config.hpp"
#include "resp/client.hpp"

namespace arc::redis {

using resp::Command;
using resp::Reply;
using resp::ReplyLimits;

// The commands of a scrape, in the order in which expose() expects the replies. Views into
// `config`.
[[nodiscard]] std::vector<Command> metrics_commands(const RedisConfig& config);

// On a server that has run every command, the replies of a scrape have 200 KB.
inline constexpr ReplyLimits kMetricsLimits{.bytes = std::size_t{4} * 1024 * 1024,
                                            .elements = 4096};

// Adds the series of the replies. `now` is seconds since 1970; the start time is computed from it
// and the uptime. An error reply only removes its own series, and is listed in Scrape::unread.
// Pure.
[[nodiscard]] metrics::Scrape expose(std::span<const Reply> replies, bool credentials_sent,
                                     double now, metrics::Exposition& exposition);

// Each scrape takes one connection and one round trip. `config` must outlive the result.
[[nodiscard]] std::unique_ptr<metrics::Source> metrics_source(const Config& config);

}  // namespace arc::redis
