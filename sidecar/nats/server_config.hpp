// nats-server's configuration language, as far as preflight needs it: a map of names to values,
// nested maps, includes and variables (docs.nats.io, "Configuration"). What it does not understand
// it passes over or names: the server itself is the judge of its file. Pure.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace arc::nats {

// "jetstream.store_dir" -> "/data". Names are lower case, as the server takes them; of a name that
// comes twice the last value counts. A nested map is there by its own name, too, with the value
// "{}". Arrays are left out.
using FlatConfig = std::map<std::string, std::string, std::less<>>;

struct NatsConfigSources {
    // the text of an included file; see parse_nats_config()
    std::function<std::optional<std::string>(std::string_view path)> include;
    // of the environment
    std::function<std::optional<std::string>(std::string_view name)> variable;
};

struct NatsConfigText {
    FlatConfig values;
    // the first that could not be resolved and may matter, for people: "$STORE: a variable without
    // a value"
    std::string unread;
};

// The path of an include is relative to the file that has it: that of the outermost file is given
// to `sources` as it is written, one further in with the folder of its file in front. A variable is
// a value of the map that it is in, of one around it, or of the environment; its name has a case.
[[nodiscard]] NatsConfigText parse_nats_config(std::string_view text,
                                               const NatsConfigSources& sources);

}  // namespace arc::nats
