// The commands that a check sends, and their replies as plain data. Pure.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "redis/config.hpp"
#include "redis/facts.hpp"
#include "resp/client.hpp"
#include "resp/info.hpp"

namespace arc::redis {

using resp::Command;
using resp::info_field;
using resp::info_part;
using resp::Reply;

// AUTH, if the configuration has credentials, otherwise nothing. Views into `config`.
[[nodiscard]] std::vector<Command> auth_command(const RedisConfig& config);

// The commands of a check, in the order in which read_answers() expects the replies. Servers before
// Redis 7.0 and other products accept one section of INFO, and one name in CONFIG GET. So INFO has
// none, and each setting has a command of its own. Views into `config`.
[[nodiscard]] std::vector<Command> check_commands(const RedisConfig& config);

// The additional commands for a node in cluster mode. Other servers would answer with an error and
// count it. Views into `config`. read_cluster() reads the replies, of which there is at least one.
[[nodiscard]] std::vector<Command> cluster_commands(const RedisConfig& config);
[[nodiscard]] ClusterState read_cluster(std::span<const Reply> replies);

// The key that redis.canary sets for a second, unless it exists.
inline constexpr std::string_view kCanaryKey = "arc-sidecar:canary";

// The replies to check_commands(config). A single reply means that the server rejected the client;
// it counts as the answer to PING.
[[nodiscard]] Answers read_answers(std::span<const Reply> replies, const RedisConfig& config);

// The keys of all databases, by the text of INFO.
[[nodiscard]] std::int64_t count_keys(std::string_view info);

[[nodiscard]] bool has_credentials(const RedisConfig& config) noexcept;

}  // namespace arc::redis
