// The fields of a declared object in the JSON of its server's API, by the table of the fields. A
// duration is in nanoseconds there; no limit is -1, of a duration 0. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "base/json_fields.hpp"
#include "config/object_field.hpp"

namespace arc {

[[nodiscard]] nlohmann::json json_of(const std::string& value);
[[nodiscard]] nlohmann::json json_of(const TextList& value);
[[nodiscard]] nlohmann::json json_of(bool value);
[[nodiscard]] nlohmann::json json_of(std::int64_t value);
[[nodiscard]] nlohmann::json json_of(const Limit& value);
[[nodiscard]] nlohmann::json json_of(const TimeLimit& value);

// False where the JSON is of another type; of a list, the items that are
// texts are read then. A list is read as a set.
bool read_json(const nlohmann::json& json, std::string& value);
bool read_json(const nlohmann::json& json, TextList& value);
bool read_json(const nlohmann::json& json, bool& value);
bool read_json(const nlohmann::json& json, std::int64_t& value);
bool read_json(const nlohmann::json& json, Limit& value);
bool read_json(const nlohmann::json& json, TimeLimit& value);

template <class Spec>
[[nodiscard]] nlohmann::json json_of(const ObjectField<Spec>& field, const Spec& spec) {
    return std::visit([&](auto member) { return json_of(spec.*member); }, field.member);
}

// The object as the body of a request that creates it.
template <class Spec>
[[nodiscard]] nlohmann::json json_of(std::span<const ObjectField<Spec>> fields, const Spec& spec) {
    const Spec usual;
    nlohmann::json object = nlohmann::json::object();
    for (const ObjectField<Spec>& field : fields) {
        const bool left_out = field.optional && !differs(field, spec, usual);
        if (field.json != nullptr && !left_out) {
            object[field.json] = json_of(field, spec);
        }
    }
    return object;
}

enum class ReadJson { absent, read, wrong_type };

// Stores the field of the server's `object`. One that is absent or of the wrong type is `absent` of
// the row, and for another type than text an empty list, false, no limit, or the default number.
template <class Spec>
ReadJson read_json(const ObjectField<Spec>& field, const nlohmann::json& object, Spec& spec) {
    return std::visit(
        [&](auto member) {
            auto& value = spec.*member;
            using Value = std::remove_cvref_t<decltype(value)>;
            if constexpr (std::is_same_v<Value, std::string>) {
                value = field.absent;
            } else if constexpr (std::is_same_v<Value, std::int64_t>) {
                value = Spec{}.*member;
            } else {
                value = Value{};
            }
            const nlohmann::json* json = json_member(object, field.json);
            if (json == nullptr || json->is_null()) {
                return ReadJson::absent;
            }
            return read_json(*json, value) ? ReadJson::read : ReadJson::wrong_type;
        },
        field.member);
}

// Every field that the server's JSON has.
template <class Spec>
[[nodiscard]] Spec spec_of(std::span<const ObjectField<Spec>> fields,
                           const nlohmann::json& object) {
    Spec spec;
    for (const ObjectField<Spec>& field : fields) {
        if (field.json != nullptr) {
            read_json(field, object, spec);
        }
    }
    return spec;
}

}  // namespace arc
