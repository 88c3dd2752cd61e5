// Reads the answers that are lists of named values: the text of INFO, and the flat lists of
// SENTINEL. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "resp/protocol.hpp"

namespace arc::resp {

// A whole decimal number; nullopt for any other text.
[[nodiscard]] std::optional<std::int64_t> number(std::string_view text);

// The value of a field in the text of INFO (`name:value`, lines end with CR LF); empty if absent.
[[nodiscard]] std::string_view info_field(std::string_view info, std::string_view name) noexcept;

// The value of a part in the value of a field ("calls=3,usec=22"); empty if absent.
[[nodiscard]] std::string_view info_part(std::string_view value, std::string_view name);

// The value of a field in a flat list (name, value, name, value…); empty if absent.
[[nodiscard]] std::string_view list_field(const Reply& reply, std::string_view name) noexcept;

}  // namespace arc::resp
