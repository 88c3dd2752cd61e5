#include "config/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/suggest.hpp"
#include "base/units.hpp"

namespace arc {
namespace {

using Duration = std::chrono::milliseconds;

// A duration of 0, for the settings that may be without one.
constexpr std::string_view kOff = "off";

// Overloads for the seven types of setting, so that each line of the table below is one expression.
#define ARC_SETTING(type, member)                            \
    Accessor<type> {                                         \
        [](Config& c) -> Setting<type>& { return c.member; } \
    }

const std::array kKeys{
    Key{"service",
        ARC_SETTING(std::string, service),
        "the service of this image; without it `check` looks at all three",
        "nats|pulsar|redis",
        {}},
    Key{"timeout", ARC_SETTING(Duration, timeout), "the longest that one `check` may take", {}, {}},
    Key{"wait_timeout",
        ARC_SETTING(Duration, wait_timeout),
        "the longest that `wait` waits",
        {},
        {}},
    Key{"bootstrap_timeout",
        ARC_SETTING(Duration, bootstrap_timeout),
        "the longest that one `bootstrap` may take",
        {},
        {}},
    Key{"state_dir",
        ARC_SETTING(std::string, state_dir),
        "where the agent leaves its state for `check`",
        {},
        {}},
    Key{"end_unhealthy_after",
        ARC_SETTING(Duration, end_unhealthy_after),
        "the agent ends a server that has been unhealthy for so long after its start, where a "
        "restart helps and loses nothing",
        "off|DURATION",
        {}},
    Key{"listen",
        ARC_SETTING(Listen, listen),
        "where the agent answers /metrics and probes: auto is 8222 for nats, 9121 for redis, 7777 "
        "for pulsar",
        "auto|off|PORT|ADDRESS:PORT",
        {}},
    Key{"log_format",
        ARC_SETTING(std::string, log_format),
        "the form of our own log lines",
        "text|json",
        {}},
    Key{"nats.url",
        ARC_SETTING(Url, nats.url),
        "the client port; tls:// demands TLS",
        {},
        "nats|tls"},
    Key{"nats.monitor_url",
        ARC_SETTING(Url, nats.monitor_url),
        "the monitoring port",
        {},
        "http|https"},
    Key{"nats.user", ARC_SETTING(std::string, nats.user), "user name", {}, {}},
    Key{"nats.password", ARC_SETTING(Secret, nats.password), "password of nats.user", {}, {}},
    Key{"nats.token",
        ARC_SETTING(Secret, nats.token),
        "token, instead of user and password",
        {},
        {}},
    Key{"nats.nkey", ARC_SETTING(Secret, nats.nkey), "the user's nkey seed (SU…)", {}, {}},
    Key{"nats.creds",
        ARC_SETTING(Secret, nats.creds),
        "the text of a credentials file (JWT and seed)",
        {},
        {}},
    Key{"nats.ca_file",
        ARC_SETTING(std::string, nats.tls.ca_file),
        "TLS: the authorities to trust, PEM; without it the system's",
        {},
        {}},
    Key{"nats.cert_file",
        ARC_SETTING(std::string, nats.tls.cert_file),
        "TLS: the client's certificate, PEM",
        {},
        {}},
    Key{"nats.key_file",
        ARC_SETTING(std::string, nats.tls.key_file),
        "TLS: its key, PEM; without it it is in cert_file",
        {},
        {}},
    Key{"nats.server_name",
        ARC_SETTING(std::string, nats.tls.server_name),
        "TLS: the certificate's name, where the URL's host is another",
        {},
        {}},
    Key{"nats.tls_verify",
        ARC_SETTING(bool, nats.tls.verify),
        "TLS: verify the server's certificate",
        {},
        {}},
    Key{"nats.tls_first",
        ARC_SETTING(bool, nats.tls_first),
        "TLS: before the server's INFO (handshake_first)",
        {},
        {}},
    Key{"nats.data_dir",
        ARC_SETTING(std::string, nats.data_dir),
        "the volume that JetStream's store must be on",
        {},
        {}},
    Key{"nats.min_free",
        ARC_SETTING(std::int64_t, nats.min_free),
        "free bytes on the store's disk below which the verdict is degraded",
        {},
        {}},
    Key{"nats.canary",
        ARC_SETTING(bool, nats.canary),
        "a check stores a message in a stream of its own",
        {},
        {}},
    Key{"redis.url", ARC_SETTING(Url, redis.url), "the server", {}, "redis|rediss"},
    Key{"redis.user",
        ARC_SETTING(std::string, redis.user),
        "ACL user name; without it the default user",
        {},
        {}},
    Key{"redis.password", ARC_SETTING(Secret, redis.password), "password", {}, {}},
    Key{"redis.ca_file",
        ARC_SETTING(std::string, redis.tls.ca_file),
        "TLS: the authorities to trust, PEM; without it the system's",
        {},
        {}},
    Key{"redis.cert_file",
        ARC_SETTING(std::string, redis.tls.cert_file),
        "TLS: the client's certificate, PEM",
        {},
        {}},
    Key{"redis.key_file",
        ARC_SETTING(std::string, redis.tls.key_file),
        "TLS: its key, PEM; without it it is in cert_file",
        {},
        {}},
    Key{"redis.server_name",
        ARC_SETTING(std::string, redis.tls.server_name),
        "TLS: the certificate's name, where the URL's host is another",
        {},
        {}},
    Key{"redis.tls_verify",
        ARC_SETTING(bool, redis.tls.verify),
        "TLS: verify the server's certificate",
        {},
        {}},
    Key{"redis.appendonly",
        ARC_SETTING(bool, redis.appendonly),
        "declared: the append-only file is on",
        {},
        {}},
    Key{"redis.appendfsync",
        ARC_SETTING(std::string, redis.appendfsync),
        "declared: when it is synced",
        "always|everysec|no",
        {}},
    Key{"redis.maxmemory",
        ARC_SETTING(std::int64_t, redis.maxmemory),
        "declared: the memory limit; 0: none",
        {},
        {}},
    Key{"redis.maxmemory_policy",
        ARC_SETTING(std::string, redis.maxmemory_policy),
        "declared: what happens at the limit",
        "noeviction|allkeys-lru|allkeys-lfu|allkeys-random|volatile-lru|volatile-lfu|volatile-"
        "random|volatile-ttl",
        {}},
    Key{"redis.data_dir",
        ARC_SETTING(std::string, redis.data_dir),
        "the volume that the data must be on; looked at before the start",
        {},
        {}},
    Key{"redis.canary",
        ARC_SETTING(bool, redis.canary),
        "a check sets a key of its own, for a second",
        {},
        {}},
    Key{"pulsar.url", ARC_SETTING(Url, pulsar.url), "the binary port", {}, "pulsar|pulsar+ssl"},
    Key{"pulsar.admin_url", ARC_SETTING(Url, pulsar.admin_url), "the admin port", {}, "http|https"},
    Key{"pulsar.token", ARC_SETTING(Secret, pulsar.token), "token of a superuser", {}, {}},
    Key{"pulsar.ca_file",
        ARC_SETTING(std::string, pulsar.tls.ca_file),
        "TLS: the authorities to trust, PEM; without it the system's",
        {},
        {}},
    Key{"pulsar.cert_file",
        ARC_SETTING(std::string, pulsar.tls.cert_file),
        "TLS: the client's certificate, PEM",
        {},
        {}},
    Key{"pulsar.key_file",
        ARC_SETTING(std::string, pulsar.tls.key_file),
        "TLS: its key, PEM; without it it is in cert_file",
        {},
        {}},
    Key{"pulsar.server_name",
        ARC_SETTING(std::string, pulsar.tls.server_name),
        "TLS: the certificate's name, where the URL's host is another",
        {},
        {}},
    Key{"pulsar.tls_verify",
        ARC_SETTING(bool, pulsar.tls.verify),
        "TLS: verify the server's certificate",
        {},
        {}},
    Key{"pulsar.cluster",
        ARC_SETTING(std::string, pulsar.cluster),
        "the cluster that must be registered",
        {},
        {}},
    Key{"pulsar.advertised",
        ARC_SETTING(std::string, pulsar.advertised),
        "declared: the host that clients are sent to",
        {},
        {}},
    Key{"pulsar.data_dir",
        ARC_SETTING(std::string, pulsar.data_dir),
        "the volume that the data must be on; looked at before the start",
        {},
        {}},
    Key{"pulsar.canary",
        ARC_SETTING(bool, pulsar.canary),
        "the deep probe also stores a message in a new ledger of a topic of its own",
        {},
        {}},
};

#undef ARC_SETTING

// Parsing by the type of the setting; one overload a type.
Result<std::string> parse_as(const Key& key, std::string_view text, const Setting<std::string>&) {
    const auto choices = split(key.choices, '|');
    if (!key.choices.empty() && std::ranges::find(choices, text) == choices.end()) {
        return fail(ErrorKind::config, fmt::format("'{}' is none of {}{}", text, key.choices,
                                                   did_you_mean(text, choices)));
    }
    return std::string(text);
}
Result<Secret> parse_as(const Key&, std::string_view text, const Setting<Secret>&) {
    return Secret{std::string(text)};
}
Result<Url> parse_as(const Key& key, std::string_view text, const Setting<Url>& fallback) {
    const auto schemes = split(key.scheme, '|');
    auto url = parse_url(text, schemes.front(), fallback.value.port);
    if (url && std::ranges::find(schemes, url->scheme) == schemes.end()) {
        return fail(ErrorKind::config, fmt::format("the scheme is not supported here, only {}://",
                                                   fmt::join(schemes, ":// and ")));
    }
    return url;
}
Result<Listen> parse_as(const Key&, std::string_view text, const Setting<Listen>&) {
    return parse_listen(text);
}
Result<bool> parse_as(const Key&, std::string_view text, const Setting<bool>&) {
    return parse_boolean(text);
}
Result<std::int64_t> parse_as(const Key&, std::string_view text, const Setting<std::int64_t>&) {
    return parse_size(text);
}
Result<Duration> parse_as(const Key& key, std::string_view text, const Setting<Duration>&) {
    if (key.choices.starts_with(kOff) && text == kOff) {
        return Duration{0};
    }
    auto duration = parse_duration(text);
    if (duration && duration->count() == 0) {
        return fail(ErrorKind::config, key.choices.starts_with(kOff) ? "must be more than 0, or off"
                                                                     : "must be more than 0");
    }
    return duration;
}

std::string shown(const std::string& value) {
    return value;
}
std::string shown(const Secret& value) {
    return value.empty() ? "(not set)" : "(set)";
}
std::string shown(const Url& value) {
    return to_string(value);
}
std::string shown(const Listen& value) {
    return to_string(value);
}
std::string shown(bool value) {
    return value ? "yes" : "no";
}
std::string shown(std::int64_t value) {
    return fmt::format("{}", value);
}
std::string shown(Duration value) {
    return value.count() == 0 ? std::string(kOff) : format_duration(value);
}

std::string spelled(std::string_view prefix, std::string_view path, char separator, bool upper) {
    std::string name{prefix};
    for (const char c : path) {
        const bool mark = c == '.' || c == '_';
        name += mark ? separator
                     : static_cast<char>(upper ? std::toupper(static_cast<unsigned char>(c)) : c);
    }
    return name;
}

}  // namespace

std::span<const Key> keys() noexcept {
    return kKeys;
}

const Key* find_key(std::string_view path) noexcept {
    const auto found = std::ranges::find(kKeys, path, &Key::path);
    return found == kKeys.end() ? nullptr : &*found;
}

std::string environment_name(const Key& key) {
    return spelled("ARC_", key.path, '_', true);
}

std::string flag_name(const Key& key) {
    return spelled("--", key.path, '-', false);
}

bool is_secret(const Key& key) noexcept {
    return std::holds_alternative<Accessor<Secret>>(key.access);
}

Result<void> assign(Config& config, const Key& key, std::string_view text, Origin origin) {
    keep_secrets_of_setting(key.path, text);
    return std::visit(
        [&](auto access) -> Result<void> {
            // Not the value so far: a URL without a port means the default port, not that of the
            // file which it overrides.
            static Config defaults;
            auto& setting = access(config);
            auto value = parse_as(key, text, access(defaults));
            if (!value) {
                return fail(ErrorKind::config, fmt::format("{}: {}", key.path, value.error().text));
            }
            setting.value = std::move(*value);
            setting.origin = std::move(origin);
            return {};
        },
        key.access);
}

ShownSetting show(const Config& config, const Key& key) {
    // The accessors serve reading and writing; nothing is written here.
    auto& readable = const_cast<Config&>(config);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    return std::visit(
        [&](auto access) {
            return ShownSetting{shown(access(readable).value), access(readable).origin.where};
        },
        key.access);
}

}  // namespace arc
