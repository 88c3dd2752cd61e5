// The registry: every service that this binary knows, in the order of services.def.
#pragma once

#include <span>
#include <string_view>

#include "base/process_facts.hpp"
#include "service.hpp"

namespace arc {

[[nodiscard]] std::span<const Service* const> services() noexcept;

// The service with exactly this name, or nullptr.
[[nodiscard]] const Service* find_service(std::string_view name) noexcept;

}  // namespace arc
