// nats-server's configuration language: maps, arrays, includes and variables. Pure.
//
// Reads a text as nats-server 2.10 to 2.15 does (docs.nats.io, "Configuration"), and rejects what
// the server rejects. It also rejects some texts that the server accepts by accident, such as a
// size with the unit "kbb". So a text that is read means the same here as in the server.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace arc::nats {

struct ConfValue;
// Names have a case. Of a name that comes twice, the last value counts.
using ConfMap = std::map<std::string, ConfValue, std::less<>>;

// The strings of an array, in their order. Its other elements, and the text of a block, "(…)", have
// no use here.
struct ConfArray {
    std::vector<std::string> texts = {};  // NOLINT(readability-redundant-member-init)
};

struct ConfValue {
    std::variant<std::string, std::int64_t, double, bool, ConfArray, std::shared_ptr<const ConfMap>>
        value;
    std::string
        where;  // for messages: "/etc/nats/nats.conf:3: http_port", with the line of its name
};

struct ConfSources {
    // The text of a file, nullopt if it cannot be read.
    std::function<std::optional<std::string>(const std::string& path)> read;
    // A variable of the environment. An empty one has a value.
    std::function<std::optional<std::string>(const std::string& name)> variable;
};

// The map of a file. The path of an include is relative to the file that has it, even if it begins
// with a slash. A variable is a name of the map that it is in, of a map around it in the same file,
// or of the environment, whose text is read as a value. Keeps the secrets that it meets
// (base/secret_sources.hpp). The error names file and line: "/etc/nats/nats.conf:3: a string does
// not end".
[[nodiscard]] std::expected<ConfMap, std::string> parse_nats_config(const std::string& path,
                                                                    const ConfSources& sources);

}  // namespace arc::nats
