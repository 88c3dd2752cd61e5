// Levels of the JetStream API: a stream says which one its settings require, and each version of
// nats-server has one (measured: a server without levels, 2.10, takes a stream of any level and
// ignores the settings that it does not know). Pure.
#pragma once

#include <optional>
#include <string_view>

namespace arc::nats {

// The level of a server, from what `nats-server --version` prints: "nats-server: v2.10.27".
// nullopt: not known here.
[[nodiscard]] std::optional<int> api_level(std::string_view version);

// The level that a stream requires, from its `meta.inf`; 0 if it does not say.
[[nodiscard]] int required_level(std::string_view meta);

}  // namespace arc::nats
