// The kinds of objects that a section declares as tables of a list in the file, [[cache.thing]],
// for code that does not know their types. config/object_table.hpp makes a kind of a table of
// fields.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "config/use.hpp"

namespace arc {

class Config;

// One `name = value` of an entry in the file.
struct EntryField {
    // A value that is none of these, such as a date or a table.
    struct Other {};
    // A list with an item that is no text; `declared_at` is that item's.
    struct MixedList {
        std::string declared_at;
    };
    std::string name;
    // of a text, a whole number or true/false its text
    std::variant<Other, std::string, std::vector<std::string>, MixedList> value;
    std::string declared_at;  // "/etc/arc/sidecar.toml:20"
};

struct ObjectEntry {
    std::string declared_at;
    std::vector<EntryField> fields;
};

// An object in the form of the file, without the fields that are an empty text.
struct ShownObject {
    std::string declared_at;
    std::vector<std::pair<std::string_view, std::string>> fields;  // name, value as TOML has it
};

struct FieldDocumentation {
    std::string_view name;
    std::string_view type;
    std::string default_value;  // as TOML has it
    std::string_view choices;   // "a|b"; empty: any
    std::string_view help;
};

class ObjectKind {
public:
    std::string_view name;  // in its section of the file: "thing"
    std::string_view help;
    Use use;  // a declaration: what is found if a field differs, or cannot be read

    constexpr ObjectKind(std::string_view kind, std::string_view meaning, Use declared)
        : name(kind), help(meaning), use(declared) {}
    ObjectKind(const ObjectKind&) = delete;
    ObjectKind& operator=(const ObjectKind&) = delete;

    // Declares these objects in place of all that were declared. `path` is "cache.thing". Errors
    // (kind config) have the place in the file, the field, and what would be right; the objects
    // before the wrong one are declared then.
    [[nodiscard]] virtual Result<void> declare(Config& config, std::string_view path,
                                               std::span<const ObjectEntry> entries) const = 0;

    [[nodiscard]] virtual std::vector<ShownObject> show(const Config& config) const = 0;
    [[nodiscard]] virtual std::vector<FieldDocumentation> fields() const = 0;

protected:
    constexpr ~ObjectKind() = default;
};

}  // namespace arc
