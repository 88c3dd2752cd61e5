// Every finding code, in one table: what a level may be set for, what docs/findings.md explains.
// Pure.
#pragma once

#include <span>
#include <string_view>

#include "health/finding.hpp"

namespace arc {

// What a finding is about.
enum class Scope {
    node,     // the server that was asked
    object,   // one declared object: a stream, a tenant, a namespace, a topic
    cluster,  // the servers together
};

struct FindingCode {
    std::string_view code;  // "nats.stream.missing"
    // the worst level that it can have; ok and starting cannot be overridden
    Level worst;
    Scope scope = Scope::node;
};

// By service, sorted by code within it.
[[nodiscard]] std::span<const FindingCode> finding_codes() noexcept;

// nullptr for a code that no service uses.
[[nodiscard]] const FindingCode* find_code(std::string_view code) noexcept;

}  // namespace arc
