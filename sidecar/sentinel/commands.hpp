// The commands that a check sends, and their replies as plain data. Pure.
#pragma once

#include <span>
#include <vector>

#include "resp/client.hpp"
#include "sentinel/config.hpp"
#include "sentinel/facts.hpp"

namespace arc::sentinel {

// A hundred replicas, each a list of some forty elements.
inline constexpr resp::ReplyLimits kLimits{.bytes = std::size_t{1} * 1024 * 1024, .elements = 512};

// The commands of a check, in the order in which read_answers() expects the replies. Views into
// `config`.
[[nodiscard]] std::vector<resp::Command> check_commands(const SentinelConfig& config);

// The replies to check_commands(config), without Answers::votes. A single reply means that the
// server rejected the client.
[[nodiscard]] Answers read_answers(std::span<const resp::Reply> replies,
                                   const SentinelConfig& config);

[[nodiscard]] resp::Credentials credentials(const SentinelConfig& config);

}  // namespace arc::sentinel
