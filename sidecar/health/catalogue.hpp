// Every finding code: what a level may be set for, what `arc-sidecar explain` and docs/findings.md
// explain. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "health/code.hpp"

namespace arc {

struct CatalogueSection {
    std::string_view title;  // "NATS"
    std::span<const CatalogueRow> rows;
};

// A section for each service, and the last for the sidecar itself. The registry of the services
// defines it.
[[nodiscard]] std::span<const CatalogueSection> catalogue() noexcept;

[[nodiscard]] std::optional<Code> find_code(std::string_view text) noexcept;

// The codes of now for a code of 0.1.0; empty where that is unchanged, or where 0.1.0 had none.
[[nodiscard]] std::vector<Code> successors(std::string_view old_code);

// For the end of a message about an unknown code: "; it was renamed to 'x' or 'y' after 0.1.0",
// "; did you mean 'x'?". Empty where nothing is near it.
[[nodiscard]] std::string hint_for(std::string_view unknown);

}  // namespace arc
