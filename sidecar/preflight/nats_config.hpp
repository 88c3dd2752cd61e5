// nats-server's configuration language, as far as preflight needs it: a map of names to values, nested maps, includes and variables
// (docs.nats.io, "Configuration"). What it does not understand it passes over: the server itself is the judge of its file. Pure.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace arc::preflight {

// "jetstream.store_dir" -> "/data". Names are lower case, as the server takes them; of a name that comes twice the last value counts.
// A nested map is there by its own name, too, with the value "{}". Arrays are left out.
using FlatConfig = std::map<std::string, std::string, std::less<>>;

struct NatsConfigSources {
    std::function<std::optional<std::string>(std::string_view path)> include;   // the text of an included file
    std::function<std::optional<std::string>(std::string_view name)> variable;  // of the environment
};

[[nodiscard]] FlatConfig parse_nats_config(std::string_view text, const NatsConfigSources& sources);

}  // namespace arc::preflight
