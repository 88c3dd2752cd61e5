// Reads fields of JSON from external sources. A value of an unexpected type counts as absent, so no
// function throws. Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace arc {

// The member of an object. nullptr if it is absent or `object` is not an object.
[[nodiscard]] inline const nlohmann::json* json_member(const nlohmann::json& object,
                                                       const char* key) {
    if (!object.is_object()) {
        return nullptr;
    }
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}

// The same, but returns a JSON null if the member is absent. Its own members are absent, too.
[[nodiscard]] inline const nlohmann::json& json_at(const nlohmann::json& object, const char* key) {
    static const nlohmann::json null;
    const nlohmann::json* found = json_member(object, key);
    return found == nullptr ? null : *found;
}

// A member that is an array. Returns an empty array for anything else.
[[nodiscard]] inline const nlohmann::json& json_list(const nlohmann::json& object,
                                                     const char* key) {
    static const nlohmann::json empty = nlohmann::json::array();
    const nlohmann::json& found = json_at(object, key);
    return found.is_array() ? found : empty;
}

[[nodiscard]] inline std::string json_text(const nlohmann::json& object, const char* key,
                                           const char* absent = "") {
    const nlohmann::json* value = json_member(object, key);
    return value != nullptr && value->is_string() ? value->get_ref<const std::string&>()
                                                  : std::string(absent);
}

// A member that is an integer. Above 2^63 - 1 it returns 2^63 - 1.
[[nodiscard]] inline std::int64_t json_number(const nlohmann::json& object, const char* key,
                                              std::int64_t absent = 0) {
    const nlohmann::json* value = json_member(object, key);
    if (value == nullptr || !value->is_number_integer()) {
        return absent;
    }
    const bool huge = value->is_number_unsigned() &&
                      value->get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max();
    return huge ? std::numeric_limits<std::int64_t>::max() : value->get<std::int64_t>();
}

[[nodiscard]] inline bool json_flag(const nlohmann::json& object, const char* key) {
    const nlohmann::json* value = json_member(object, key);
    return value != nullptr && value->is_boolean() && value->get<bool>();
}

}  // namespace arc
