// INFO's fields that are one number each, and the series that dashboards of redis_exporter know
// them by. A table; pure.
#pragma once

#include <span>
#include <string_view>

#include "metrics/exposition.hpp"

namespace arc::redis {

struct InfoField {
    std::string_view field;  // as INFO has it: "used_memory"
    std::string_view name;   // of the series: "redis_memory_used_bytes"
    metrics::Type type;
};

// Sorted by field.
[[nodiscard]] std::span<const InfoField> info_fields() noexcept;

// nullptr for a field that is not one number, or is in no dashboard.
[[nodiscard]] const InfoField* find_info_field(std::string_view field) noexcept;

}  // namespace arc::redis
