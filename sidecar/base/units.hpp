// The textual values of the configuration: durations, sizes, booleans. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace arc {

// "200ms", "3s", "2m", "24h", "7d"; a bare number is seconds. Not negative, at most 100 years.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);

// "0", "512mb", "2gb", "1024": bytes. kb, mb and gb (and KiB, MiB, GiB) are powers of 1024, k, m
// and g powers of 1000, in any case: what Redis's and NATS's own configuration files mean by them.
// Not negative.
[[nodiscard]] Result<std::int64_t> parse_size(std::string_view text);

// "yes", "true", "on", "1" and their opposites, in any case.
[[nodiscard]] Result<bool> parse_boolean(std::string_view text);

// The shortest form that parse_duration reads back: 86400000 → "24h", 1500 → "1500ms". Days are
// said in hours, as NATS does.
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

// For people: "512 MiB", "1.5 GiB", "17 B".
[[nodiscard]] std::string format_size(std::int64_t bytes);

}  // namespace arc
