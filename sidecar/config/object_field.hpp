// One row of the table of a declared object's fields. All that is done with a field is done by its
// row: parsing and printing in the form of the file, describing and comparing for messages, reading
// and writing the server's JSON (config/object_json.hpp), documentation. `Spec` is the object's
// type; what a new one has in a field is that field's default.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "config/object.hpp"

namespace arc {

using TextList = std::vector<std::string>;
using Limit = std::optional<std::int64_t>;                   // not set: no limit
using TimeLimit = std::optional<std::chrono::milliseconds>;  // likewise

enum class Unit { count, bytes };  // of a number

template <class Spec>
struct ObjectField {
    std::string_view name;  // in the file: "max_age"
    std::variant<std::string Spec::*, TextList Spec::*, bool Spec::*, std::int64_t Spec::*,
                 Limit Spec::*, TimeLimit Spec::*>
        member;
    std::string_view help;
    // NOLINTBEGIN(readability-redundant-member-init): without them gcc demands
    // these members in every row
    std::string_view choices = {};  // of a text: "file|memory"; empty: any
    Unit unit = Unit::count;

    // Its name in the JSON of the server's API; nullptr: it is not there.
    const char* json = nullptr;
    // What its absence there means; of a text alone.
    std::string_view absent = {};
    // NOLINTEND(readability-redundant-member-init)
    // Left out of a request as long as it has its default: some servers do not know it.
    bool optional = false;

    // Whether a difference between the declaration and the server counts.
    bool compared = true;
    // For messages: "no limit", "3 partitions". nullptr: text_of() by the type.
    std::string (*text)(const Spec& spec) = nullptr;
    // What a change from `actual` to `wanted` could lose, or why it cannot be made; empty: nothing
    // can be lost. nullptr: never anything.
    std::string_view (*risk)(const Spec& actual, const Spec& wanted) = nullptr;
};

// A field's type, as its documentation names it.
[[nodiscard]] std::string_view type_name(const std::string& value, Unit unit) noexcept;
[[nodiscard]] std::string_view type_name(const TextList& value, Unit unit) noexcept;
[[nodiscard]] std::string_view type_name(bool value, Unit unit) noexcept;
[[nodiscard]] std::string_view type_name(std::int64_t value, Unit unit) noexcept;
[[nodiscard]] std::string_view type_name(const Limit& value, Unit unit) noexcept;
[[nodiscard]] std::string_view type_name(const TimeLimit& value, Unit unit) noexcept;

// Reads a value from the file; `value` is unchanged on an error. -1 and 0 are no limit.
[[nodiscard]] Result<void> read_text(std::string& value, std::string_view text,
                                     std::string_view choices);
[[nodiscard]] Result<void> read_text(bool& value, std::string_view text, std::string_view choices);
[[nodiscard]] Result<void> read_text(std::int64_t& value, std::string_view text,
                                     std::string_view choices);
[[nodiscard]] Result<void> read_text(Limit& value, std::string_view text, std::string_view choices);
[[nodiscard]] Result<void> read_text(TimeLimit& value, std::string_view text,
                                     std::string_view choices);

// A value as TOML has it; read_text() reads the same value back.
[[nodiscard]] std::string toml_text(const std::string& value);
[[nodiscard]] std::string toml_text(const TextList& value);
[[nodiscard]] std::string toml_text(bool value);
[[nodiscard]] std::string toml_text(std::int64_t value);
[[nodiscard]] std::string toml_text(const Limit& value);
[[nodiscard]] std::string toml_text(const TimeLimit& value);

// A value for messages: "none", "a b", "yes", "5", "1 KiB", "no limit", "24h".
[[nodiscard]] std::string text_of(const std::string& value, Unit unit);
[[nodiscard]] std::string text_of(const TextList& value, Unit unit);
[[nodiscard]] std::string text_of(bool value, Unit unit);
[[nodiscard]] std::string text_of(std::int64_t value, Unit unit);
[[nodiscard]] std::string text_of(const Limit& value, Unit unit);
[[nodiscard]] std::string text_of(const TimeLimit& value, Unit unit);

// Sorted, without duplicates.
[[nodiscard]] TextList as_set(TextList list);

// Lists are sets: their order means nothing to a server.
template <class T>
[[nodiscard]] bool same(const T& a, const T& b) {
    return a == b;
}
[[nodiscard]] bool same(const TextList& a, const TextList& b);

template <class Spec>
[[nodiscard]] std::string text_of(const ObjectField<Spec>& field, const Spec& spec) {
    return field.text != nullptr
               ? field.text(spec)
               : std::visit([&](auto member) { return text_of(spec.*member, field.unit); },
                            field.member);
}

// Whether a field that counts differs.
template <class Spec>
[[nodiscard]] bool differs(const ObjectField<Spec>& field, const Spec& actual, const Spec& wanted) {
    return field.compared &&
           std::visit([&](auto member) { return !same(actual.*member, wanted.*member); },
                      field.member);
}

}  // namespace arc
