// JSON from outside, within limits: every answer of a server goes through here. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

namespace arc {

// bytes; all that a nats-server says of 10,000 streams has 16 MiB
inline constexpr std::size_t kMaxJson = std::size_t{32} * 1024 * 1024;
// of nested arrays and objects; a stream's configuration has 5
inline constexpr std::size_t kMaxJsonDepth = 64;

// A discarded value (is_discarded()) for what is not JSON or is beyond the limits: what is read
// from it reads as absent. The depth is limited because a value is written again recursively. Never
// throws.
[[nodiscard]] nlohmann::json parse_json(std::string_view text);

// Likewise, keeping only members whose names are among `members`, at every depth: a value takes
// several times the memory of its text.
[[nodiscard]] nlohmann::json parse_json(std::string_view text,
                                        std::span<const std::string_view> members);

}  // namespace arc
