// Every finding code, in one table: what a level may be set for, what docs/findings.md explains.
// Pure.
#pragma once

#include <span>
#include <string_view>

#include "health/finding.hpp"

namespace arc {

struct FindingCode {
    std::string_view code;  // "nats.stream.missing"
    // the worst level that it can have; ok and starting cannot be overridden
    Level worst;
};

// By service, sorted by code within it.
[[nodiscard]] std::span<const FindingCode> finding_codes() noexcept;

// nullptr for a code that no service uses.
[[nodiscard]] const FindingCode* find_code(std::string_view code) noexcept;

}  // namespace arc
