// A service's part of the configuration, as the service describes it: its settings, its declared
// objects and its defaults. This directory works with sections alone; the registry of services says
// which there are.
#pragma once

#include <any>
#include <span>
#include <string_view>

#include "config/keys.hpp"
#include "config/object.hpp"

namespace arc {

struct Section {
    std::string_view name;  // "cache": [cache] in the file, ARC_CACHE_…, --cache-…
    std::span<const Key> settings;
    // the kinds of objects that can be declared; empty: none
    std::span<const ObjectKind* const> objects;
    // the section's values, the declared objects included; always of the same type
    std::any (*defaults)();
};

// Every service's section. The registry of services defines it.
[[nodiscard]] std::span<const Section* const> sections() noexcept;

// nullptr: there is none of that name.
[[nodiscard]] const Section* find_section(std::string_view name) noexcept;

}  // namespace arc
