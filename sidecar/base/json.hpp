// Parses JSON from external sources within limits. Every answer of a server uses it. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

namespace arc {

// Bytes. A nats-server's description of 10,000 streams has 16 MiB.
inline constexpr std::size_t kMaxJson = std::size_t{32} * 1024 * 1024;
// Nested arrays and objects. A stream's configuration has 5 levels.
inline constexpr std::size_t kMaxJsonDepth = 64;

// Returns a discarded value (is_discarded()) if `text` is not JSON or exceeds a limit. All members
// of a discarded value are absent. The depth is limited because serialization is recursive. Never
// throws.
[[nodiscard]] nlohmann::json parse_json(std::string_view text);

// The same, but keeps only members named in `members`, at every depth. This saves memory: a value
// needs several times the memory of its text.
[[nodiscard]] nlohmann::json parse_json(std::string_view text,
                                        std::span<const std::string_view> members);

// The position of the first bracket, brace or comma outside strings at or after `from`, which must
// be outside strings, too; the size of `text` if there is none.
[[nodiscard]] std::size_t find_mark(std::string_view text, std::size_t from) noexcept;

}  // namespace arc
