// Values in the configuration: durations, sizes and booleans. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace arc {

// "200ms", "3s", "2m", "24h", "7d". A number without a unit is in seconds. From 0 to 100 years.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);

// "0", "512mb", "2gb", "1024", in bytes. kb, mb, gb, KiB, MiB and GiB are powers of 1024; k, m and
// g are powers of 1000, as in the configuration files of Redis and NATS. Ignores case. Not
// negative.
[[nodiscard]] Result<std::int64_t> parse_size(std::string_view text);

// "yes", "true", "on", "1" and their opposites. Ignores case.
[[nodiscard]] Result<bool> parse_boolean(std::string_view text);

// The shortest text that parse_duration() accepts for this value: 86400000 → "24h", 1500 →
// "1500ms". Days are in hours, as in NATS.
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

// For people: "512 MiB", "1.5 GiB", "17 B".
[[nodiscard]] std::string format_size(std::int64_t bytes);

}  // namespace arc
