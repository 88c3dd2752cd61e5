#include "config/object_json.hpp"

#include <limits>
#include <utility>

namespace arc {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kNanoseconds = 1'000'000;  // in a millisecond

// A whole number; one beyond 2^63 - 1 reads as that.
bool read_number(const Json& json, std::int64_t& value) {
    if (!json.is_number_integer()) {
        return false;
    }
    const bool huge = json.is_number_unsigned() &&
                      json.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max();
    value = huge ? std::numeric_limits<std::int64_t>::max() : json.get<std::int64_t>();
    return true;
}

}  // namespace

Json json_of(const std::string& value) {
    return value;
}
Json json_of(const TextList& value) {
    return value;
}
Json json_of(bool value) {
    return value;
}
Json json_of(std::int64_t value) {
    return value;
}
Json json_of(const Limit& value) {
    return value.value_or(-1);
}
Json json_of(const TimeLimit& value) {
    return value ? value->count() * kNanoseconds : 0;
}

bool read_json(const Json& json, std::string& value) {
    if (json.is_string()) {
        value = json.get_ref<const std::string&>();
    }
    return json.is_string();
}
bool read_json(const Json& json, TextList& value) {
    if (!json.is_array()) {
        return false;
    }
    bool texts = true;
    for (const Json& item : json) {
        if (item.is_string()) {
            value.push_back(item.get<std::string>());
        } else {
            texts = false;
        }
    }
    value = as_set(std::move(value));
    return texts;
}
bool read_json(const Json& json, bool& value) {
    if (json.is_boolean()) {
        value = json.get<bool>();
    }
    return json.is_boolean();
}
bool read_json(const Json& json, std::int64_t& value) {
    return read_number(json, value);
}
bool read_json(const Json& json, Limit& value) {
    std::int64_t number = 0;
    const bool read = read_number(json, number);
    value = number > 0 ? Limit{number} : Limit{};
    return read;
}
bool read_json(const Json& json, TimeLimit& value) {
    std::int64_t number = 0;
    const bool read = read_number(json, number);
    value = number != 0 ? TimeLimit{std::chrono::milliseconds{number / kNanoseconds}} : TimeLimit{};
    return read;
}

}  // namespace arc
