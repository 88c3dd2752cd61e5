// The commands of a check and their replies as plain data. Pure.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "redis/config.hpp"
#include "redis/facts.hpp"
#include "redis/resp.hpp"

namespace arc::redis {

// AUTH, where the configuration has credentials; else nothing. Views into `config`.
[[nodiscard]] std::vector<Command> credentials(const RedisConfig& config);

// What to ask, in the order in which read_answers() reads the replies. Views into `config`.
[[nodiscard]] std::vector<Command> questions(const RedisConfig& config);

// What to ask a node in cluster mode besides, of which read_cluster() reads the replies. Not asked
// of others, which would answer with an error and count it. Views into `config`. `replies` are what
// ask() brought: one at least.
[[nodiscard]] std::vector<Command> cluster_questions(const RedisConfig& config);
[[nodiscard]] ClusterState read_cluster(std::span<const Reply> replies);

// The key that redis.canary sets: only where it is absent, for a second.
inline constexpr std::string_view kCanaryKey = "arc-sidecar:canary";

// The replies to questions(config). When there is only one, the server refused the client: it is
// taken as the answer to PING.
[[nodiscard]] Answers read_answers(std::span<const Reply> replies, const RedisConfig& config);

[[nodiscard]] bool has_credentials(const RedisConfig& config) noexcept;

// The value of a field in INFO's text (`name:value`, lines ended by CR LF); empty when it is not
// there.
[[nodiscard]] std::string_view info_field(std::string_view info, std::string_view name) noexcept;

}  // namespace arc::redis
