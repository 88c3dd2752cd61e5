// Maps the numeric fields of INFO to the series of redis_exporter. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "metrics/exposition.hpp"

namespace arc::redis {

struct InfoSeries {
    std::string name;  // "redis_memory_used_bytes"
    metrics::Type type;
};

// The series of a field of INFO ("used_memory"). nullopt: the field is not a single number, or no
// dashboard uses it.
[[nodiscard]] std::optional<InfoSeries> series_of_field(std::string_view field);

}  // namespace arc::redis
