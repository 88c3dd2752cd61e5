// One table of every scalar setting: its name in the file, in the environment and as a flag, its
// type, what it is for. Parsing, `config`, `--help`, suggestions and the documentation all read
// this table, so a new setting is one new line in keys.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "config/config.hpp"

namespace arc {

template <class T>
using Accessor = Setting<T>& (*)(Config&);

struct Key {
    // "nats.url"; the environment's name is ARC_NATS_URL, the flag --nats-url
    std::string_view path;
    std::variant<Accessor<std::string>, Accessor<Secret>, Accessor<Url>, Accessor<Listen>,
                 Accessor<bool>, Accessor<std::int64_t>, Accessor<std::chrono::milliseconds>>
        access;
    std::string_view help;
    std::string_view choices;  // "always|everysec|no"; empty: any
    std::string_view scheme;   // the schemes of a Url, the default first: "nats|tls"
};

[[nodiscard]] std::span<const Key> keys() noexcept;
[[nodiscard]] const Key* find_key(std::string_view path) noexcept;

[[nodiscard]] std::string environment_name(const Key& key);  // "ARC_NATS_URL"
[[nodiscard]] std::string flag_name(const Key& key);         // "--nats-url"
[[nodiscard]] bool is_secret(const Key& key) noexcept;

// Parses `text` as the key's type and stores it. The error says what a right value looks like,
// never a secret's text.
[[nodiscard]] Result<void> assign(Config& config, const Key& key, std::string_view text,
                                  Origin origin);

struct ShownSetting {
    std::string value;  // a secret is "(set)" or "(not set)"
    std::string origin;
};
[[nodiscard]] ShownSetting show(const Config& config, const Key& key);

}  // namespace arc
