// The table of every scalar setting: a row has its name in the file, its type, and its meaning.
// Parsing, `config`, `--help`, suggestions and docs/configuration.md all read it. The rows of a
// service's settings are in the service's directory.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "base/error.hpp"
#include "config/config.hpp"
#include "config/use.hpp"
#include "net/url.hpp"

namespace arc {

template <class T>
using Accessor = Setting<T>& (*)(Config&);

struct Key {
    std::string_view name;  // in its section of the file: "url"
    std::variant<Accessor<std::string>, Accessor<Secret>, Accessor<Url>, Accessor<Listen>,
                 Accessor<Hosts>, Accessor<bool>, Accessor<std::int64_t>,
                 Accessor<std::chrono::milliseconds>,
                 Accessor<std::optional<std::chrono::milliseconds>>>
        access;
    std::string_view help;
    Use use = {};  // NOLINT(readability-redundant-member-init): gcc demands it
    // NOLINTBEGIN(readability-redundant-member-init): without them gcc demands
    // these members in every row
    std::string_view choices = {};  // "always|everysec|no"; empty: any
    std::string_view scheme = {};   // the schemes of a Url, the default first: "http|https"
    bool allows_path = false;       // a Url may have a path
    std::string_view section = {};  // empty: general. keys() fills it in
    // NOLINTEND(readability-redundant-member-init)

    [[nodiscard]] std::string path() const;  // "cache.url"; of a general setting "timeout"
};

namespace detail {

template <class Owner, class T>
Owner owner_of(T Owner::* member);

template <auto First, auto... Rest>
[[nodiscard]] auto& follow(auto& object) {
    if constexpr (sizeof...(Rest) == 0) {
        return object.*First;
    } else {
        return follow<Rest...>(object.*First);
    }
}

template <auto Member, auto... Inner>
[[nodiscard]] auto& access(Config& config) {
    using Owner = decltype(owner_of(Member));
    if constexpr (std::is_same_v<Owner, Config>) {
        return follow<Member, Inner...>(config);
    } else {
        return follow<Member, Inner...>(config.section<Owner>());
    }
}

}  // namespace detail

// The accessor of a general setting, setting_at<&Config::timeout> and
// setting_at<&Config::cluster, &ClusterConfig::role>, or of a service's section,
// setting_at<&CacheConfig::url> and setting_at<&CacheConfig::tls, &TlsConfig::verify>.
template <auto Member, auto... Inner>
inline constexpr auto setting_at = &detail::access<Member, Inner...>;

// Rows of several tables in one.
template <std::size_t... Sizes>
[[nodiscard]] constexpr auto joined(const std::array<Key, Sizes>&... tables) {
    std::array<Key, (Sizes + ...)> all{};
    auto to = all.begin();
    ((to = std::copy(tables.begin(), tables.end(), to)), ...);
    return all;
}

// Every setting: the general ones, those of the cluster, then each service's section's.
[[nodiscard]] std::span<const Key> keys();
// The section of the file that belongs to no service.
inline constexpr std::string_view kClusterSection = "cluster";
[[nodiscard]] const Key* find_key(std::string_view path);

[[nodiscard]] std::string environment_name(const Key& key);              // "ARC_CACHE_URL"
[[nodiscard]] std::string environment_prefix(std::string_view section);  // "ARC_CACHE_"
[[nodiscard]] std::string flag_name(const Key& key);                     // "--cache-url"
[[nodiscard]] bool is_secret(const Key& key) noexcept;
[[nodiscard]] bool is_list(const Key& key) noexcept;  // its text has commas between the items

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
