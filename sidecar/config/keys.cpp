#include "config/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/suggest.hpp"
#include "base/units.hpp"
#include "config/section.hpp"

namespace arc {
namespace {

using Duration = std::chrono::milliseconds;

// An optional duration that is not set.
constexpr std::string_view kOff = "off";

constexpr std::array kGeneral{
    Key{.name = "service",
        .access = setting_at<&Config::service>,
        .help = "the service of this image; if not set, `check` probes every service",
        .use = kOwn},
    Key{.name = "timeout",
        .access = setting_at<&Config::timeout>,
        .help = "time limit of one `check`",
        .use = kOwn},
    Key{.name = "wait_timeout",
        .access = setting_at<&Config::wait_timeout>,
        .help = "time limit of `wait`",
        .use = kOwn},
    Key{.name = "bootstrap_timeout",
        .access = setting_at<&Config::bootstrap_timeout>,
        .help = "time limit of one `bootstrap`",
        .use = kOwn},
    Key{.name = "state_dir",
        .access = setting_at<&Config::state_dir>,
        .help = "directory in which the agent stores its state for `check`",
        .use = kOwn},
    Key{.name = "end_unhealthy_after",
        .access = setting_at<&Config::end_unhealthy_after>,
        .help =
            "the agent stops a server that stays unhealthy this long after startup, if a restart "
            "helps and loses no data",
        .use = kOwn,
        .choices = "off|DURATION"},
    Key{.name = "listen",
        .access = setting_at<&Config::listen>,
        .help = "listen address of /metrics and probes; auto: the default port of the service",
        .use = kOwn,
        .choices = "auto|off|PORT|ADDRESS:PORT"},
    Key{.name = "ready_scope",
        .access = setting_at<&Config::ready_scope>,
        .help = "findings that count for readiness: about the node only, or also about declared "
                "objects and the cluster",
        .use = kOwn,
        .choices = "node|cluster"},
    Key{.name = "log_format",
        .access = setting_at<&Config::log_format>,
        .help = "format of the sidecar's log lines",
        .use = kOwn,
        .choices = "text|json"}};

constexpr std::array kCluster{
    Key{.name = "role",
        .access = setting_at<&Config::cluster, &ClusterConfig::role>,
        .help = "what this server is in a cluster",
        .use = kOwn,
        .choices = "standalone|member|sentinel"},
    Key{.name = "members",
        .access = setting_at<&Config::cluster, &ClusterConfig::members>,
        .help = "all members of the cluster, this one included; the port is optional",
        .use = kOwn},
    Key{.name = "grace",
        .access = setting_at<&Config::cluster, &ClusterConfig::grace>,
        .help = "time from TERM to KILL that the container runtime allows; off: a stop does not "
                "wait for the other members",
        .use = kOwn,
        .choices = "off|DURATION"},
    Key{.name = "stop_gate",
        .access = setting_at<&Config::cluster, &ClusterConfig::stop_gate>,
        .help = "longest wait of a stop until the other members can do without this one",
        .use = kOwn},
    Key{.name = "stop_drain",
        .access = setting_at<&Config::cluster, &ClusterConfig::stop_drain>,
        .help = "longest wait of a stop until another member has what this one leads",
        .use = kOwn},
    Key{.name = "stop_reserve",
        .access = setting_at<&Config::cluster, &ClusterConfig::stop_reserve>,
        .help = "part of the grace that is kept for the server's own stop",
        .use = kOwn},
    Key{.name = "behind_grace",
        .access = setting_at<&Config::cluster, &ClusterConfig::behind_grace>,
        .help = "time for which a replica without its master is only degraded",
        .use = kOwn}};

// "a|b|c": the setting `service` takes the name of a section.
const std::string& section_names() {
    static const std::string names = [] {
        std::string text;
        for (const Section* section : sections()) {
            text += fmt::format("{}{}", text.empty() ? "" : "|", section->name);
        }
        return text;
    }();
    return names;
}

std::vector<Key> all_keys() {
    std::vector<Key> all(kGeneral.begin(), kGeneral.end());
    all.front().choices = section_names();
    for (Key key : kCluster) {
        key.section = kClusterSection;
        all.push_back(key);
    }
    for (const Section* section : sections()) {
        for (Key key : section->settings) {
            key.section = section->name;
            all.push_back(key);
        }
    }
    return all;
}

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
    if (url && url->scheme != "unix" && !url->path.empty() && !key.allows_path) {
        return fail(ErrorKind::config, "only scheme://host:port is supported here; drop the path");
    }
    return url;
}
Result<Listen> parse_as(const Key&, std::string_view text, const Setting<Listen>&) {
    return parse_listen(text);
}
Result<Hosts> parse_as(const Key&, std::string_view text, const Setting<Hosts>&) {
    return parse_hosts(text);
}
Result<bool> parse_as(const Key&, std::string_view text, const Setting<bool>&) {
    return parse_boolean(text);
}
Result<std::int64_t> parse_as(const Key&, std::string_view text, const Setting<std::int64_t>&) {
    return parse_size(text);
}
Result<Duration> parse_as(const Key&, std::string_view text, const Setting<Duration>&) {
    auto duration = parse_duration(text);
    if (duration && duration->count() == 0) {
        return fail(ErrorKind::config, "must be more than 0");
    }
    return duration;
}
Result<std::optional<Duration>> parse_as(const Key&, std::string_view text,
                                         const Setting<std::optional<Duration>>&) {
    if (text == kOff) {
        return std::nullopt;
    }
    auto duration = parse_duration(text);
    if (duration && duration->count() == 0) {
        return fail(ErrorKind::config, "must be more than 0, or off");
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
std::string shown(const Hosts& value) {
    return to_string(value);
}
std::string shown(bool value) {
    return value ? "true" : "false";
}
// The largest unit of which it is a multiple: "512MiB".
std::string shown(std::int64_t value) {
    constexpr std::array<std::string_view, 4> kUnits{"", "KiB", "MiB", "GiB"};
    std::size_t unit = 0;
    while (value != 0 && value % 1024 == 0 && unit + 1 < kUnits.size()) {
        value /= 1024;
        ++unit;
    }
    return fmt::format("{}{}", value, kUnits.at(unit));
}
std::string shown(Duration value) {
    return format_duration(value);
}
std::string shown(std::optional<Duration> value) {
    return value ? format_duration(*value) : std::string(kOff);
}

}  // namespace

std::string Key::path() const {
    return section.empty() ? std::string(name) : fmt::format("{}.{}", section, name);
}

std::span<const Key> keys() {
    static const std::vector<Key> all = all_keys();
    return all;
}

const Key* find_key(std::string_view path) {
    const std::size_t dot = path.find('.');
    const bool general = dot == std::string_view::npos;
    const std::string_view section = general ? std::string_view{} : path.substr(0, dot);
    const std::string_view name = general ? path : path.substr(dot + 1);
    const auto found = std::ranges::find_if(
        keys(), [&](const Key& key) { return key.section == section && key.name == name; });
    return found == keys().end() ? nullptr : &*found;
}

std::string environment_prefix(std::string_view section) {
    return section.empty() ? "ARC_" : fmt::format("ARC_{}_", upper(section));
}

std::string environment_name(const Key& key) {
    return environment_prefix(key.section) + upper(key.name);
}

std::string flag_name(const Key& key) {
    std::string name = "--" + key.path();
    std::ranges::replace_if(name, [](char c) { return c == '.' || c == '_'; }, '-');
    return name;
}

bool is_secret(const Key& key) noexcept {
    return std::holds_alternative<Accessor<Secret>>(key.access);
}

bool is_list(const Key& key) noexcept {
    return std::holds_alternative<Accessor<Hosts>>(key.access);
}

Result<void> assign(Config& config, const Key& key, std::string_view text, Origin origin) {
    keep_secrets_of_setting(key.path(), text);
    return std::visit(
        [&](auto access) -> Result<void> {
            // Not the value so far: a URL without a port means the default port, not that of the
            // file which it overrides.
            static Config defaults = default_config();
            auto& setting = access(config);
            auto value = parse_as(key, text, access(defaults));
            if (!value) {
                return fail(ErrorKind::config,
                            fmt::format("{}: {}", key.path(), value.error().text));
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
