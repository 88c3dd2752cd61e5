// The directives of redis.conf: which exist, and what their values are. Redis 7.0 to 8.0, Valkey
// 8.1, and the older names of these directives. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace arc::redis {

enum class Directive {
    flag,    // yes or no
    number,  // an integer
    size,    // bytes, with or without a unit
    text,    // any single value; the server may know a few only
    list,    // any number of values, as words or in one word
    other,   // of a module, or not a setting, such as `user`
};

// `name` is in lower case. nullopt: none of these servers knows the directive.
[[nodiscard]] std::optional<Directive> find_directive(std::string_view name);

}  // namespace arc::redis
