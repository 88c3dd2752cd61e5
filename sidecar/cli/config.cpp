#include <fmt/format.h>

#include <cstdio>

#include "base/exit_codes.hpp"
#include "base/print.hpp"
#include "base/units.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/select.hpp"
#include "config/keys.hpp"

namespace arc::cli {
namespace {

std::string quoted_list(const std::vector<std::string>& items) {
    std::string text;
    for (const std::string& item : items) {
        text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", item);
    }
    return "[" + text + "]";
}

// A value as TOML would have it: bare where it is a number or a boolean, quoted elsewhere. A secret
// is a comment: it is not shown.
void print_setting(const Config& config, const Key& key) {
    const ShownSetting shown = show(config, key);
    const std::string_view name = key.path.substr(key.path.find('.') + 1);
    if (is_secret(key)) {
        arc::print("# {} {}  # {}\n", name, shown.value, shown.origin);
    } else if (shown.value.empty()) {
        arc::print("# {} (not set)  # {}\n", name, shown.origin);
    } else if (std::holds_alternative<Accessor<std::int64_t>>(key.access)) {
        arc::print("{} = {}  # {}\n", name, shown.value, shown.origin);
    } else {
        arc::print("{} = \"{}\"  # {}\n", name, shown.value, shown.origin);
    }
}

void print_settings(const Config& config, std::string_view section) {
    for (const Key& key : keys()) {
        const std::size_t dot = key.path.find('.');
        const std::string_view own =
            dot == std::string_view::npos ? std::string_view{} : key.path.substr(0, dot);
        if (own == section) {
            print_setting(config, key);
        }
    }
}

void print_stream(const StreamSpec& s) {
    arc::print("\n[[nats.stream]]  # {}\nname = \"{}\"\nsubjects = {}\n", s.declared_at, s.name,
               quoted_list(s.subjects));
    arc::print("retention = \"{}\"\nstorage = \"{}\"\ndiscard = \"{}\"\ncompression = \"{}\"\n",
               s.retention, s.storage, s.discard, s.compression);
    arc::print("replicas = {}\nmax_age = \"{}\"\nduplicate_window = \"{}\"\n", s.replicas,
               format_duration(s.max_age), format_duration(s.duplicate_window));
    arc::print(
        "max_msgs = {}\nmax_bytes = {}\nmax_msg_size = {}\nmax_msgs_per_subject = "
        "{}\nmax_consumers = {}\n",
        s.max_msgs, s.max_bytes, s.max_msg_size, s.max_msgs_per_subject, s.max_consumers);
    arc::print("allow_direct = {}\ndeny_delete = {}\ndeny_purge = {}\nallow_rollup = {}\n",
               s.allow_direct, s.deny_delete, s.deny_purge, s.allow_rollup);
    if (!s.description.empty()) {
        arc::print("description = \"{}\"\n", s.description);
    }
}

void print_topology(const Config& config) {
    for (const TenantSpec& t : config.pulsar.tenants) {
        arc::print(
            "\n[[pulsar.tenant]]  # {}\nname = \"{}\"\nallowed_clusters = {}\nadmin_roles = {}\n",
            t.declared_at, t.name, quoted_list(t.allowed_clusters), quoted_list(t.admin_roles));
    }
    for (const NamespaceSpec& n : config.pulsar.namespaces) {
        arc::print("\n[[pulsar.namespace]]  # {}\nname = \"{}\"\n", n.declared_at, n.name);
    }
    for (const TopicSpec& t : config.pulsar.topics) {
        arc::print("\n[[pulsar.topic]]  # {}\nname = \"{}\"\npartitions = {}\n", t.declared_at,
                   t.name, t.partitions);
    }
}

void print_levels(const Config& config) {
    if (!config.levels.empty()) {
        arc::print("\n[levels]\n");
    }
    for (const LevelOverride& level : config.levels) {
        arc::print("\"{}\" = \"{}\"  # {}\n", level.code, to_string(level.level),
                   level.declared_at);
    }
}

void print_config(const Config& config) {
    print_settings(config, "");
    print_levels(config);
    arc::print("\n[nats]\n");
    print_settings(config, "nats");
    for (const StreamSpec& stream : config.nats.streams) {
        print_stream(stream);
    }
    arc::print("\n[redis]\n");
    print_settings(config, "redis");
    arc::print("\n[pulsar]\n");
    print_settings(config, "pulsar");
    print_topology(config);
}

}  // namespace

int config(int argc, char** argv) {
    bool check_only = false;
    LoadOptions options;
    CommandLine line("config",
                     "The effective configuration, in the form of the file, each value with where "
                     "it came from. Secrets are not shown.\n"
                     "Exit code: 0, or 78 when something is wrong.");
    line.flag("--check", check_only, "say only whether it is right");
    line.settings(options, "timeout");
    if (const auto over = line.parse(argc, argv)) {
        return *over;
    }
    const auto loaded = load_or_report("config", options);
    if (!loaded) {
        return kExitConfig;
    }
    for (const std::string& name : unknown_environment()) {
        arc::print(stderr, "arc-sidecar config: warning: {}\n", name);
    }
    if (check_only) {
        arc::print("the configuration is right\n");
    } else {
        print_config(*loaded);
    }
    return kExitOk;
}

}  // namespace arc::cli
