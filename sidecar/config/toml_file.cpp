#include "config/toml_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <toml.hpp>

#include "base/file.hpp"
#include "base/suggest.hpp"
#include "base/units.hpp"
#include "config/keys.hpp"
#include "config/toml_limits.hpp"
#include "nats/subject.hpp"
#include "pulsar/names.hpp"

namespace arc {
namespace {

using Value = toml::value;

std::string place(const std::string& file, const Value& value) {
    return fmt::format("{}:{}", file, value.location().first_line_number());
}

std::unexpected<Error> wrong(const std::string& file, const Value& value, const std::string& text) {
    return fail(ErrorKind::config, fmt::format("{}: {}", place(file, value), text));
}

// The text that assign() reads, for a TOML scalar; nothing for a table, an array or a date.
std::optional<std::string> scalar_text(const Value& value) {
    if (value.is_string()) {
        return value.as_string();
    }
    if (value.is_integer()) {
        return fmt::format("{}", value.as_integer());
    }
    if (value.is_boolean()) {
        return value.as_boolean() ? "true" : "false";
    }
    return std::nullopt;
}

// One field of a list entry: its name, and how its text (or its list of strings) is stored. Exactly
// one of the two is set.
template <class Spec>
struct Field {
    std::string_view name;
    std::function<Result<void>(Spec&, const std::string&)> set_text;
    std::function<void(Spec&, std::vector<std::string>)> set_list;
};

template <class Spec>
Field<Spec> text_field(std::string_view name, std::string Spec::* member,
                       std::string_view choices = {}) {
    return {name,
            [=](Spec& spec, const std::string& text) -> Result<void> {
                const auto known = split(choices, '|');
                if (!choices.empty() && std::ranges::find(known, text) == known.end()) {
                    return fail(ErrorKind::config, fmt::format("'{}' is none of {}{}", text,
                                                               choices, did_you_mean(text, known)));
                }
                spec.*member = text;
                return {};
            },
            {}};
}

template <class Spec>
Field<Spec> list_field(std::string_view name, std::vector<std::string> Spec::* member) {
    return {name, {}, [=](Spec& spec, std::vector<std::string> list) {
                spec.*member = std::move(list);
            }};
}

// A field that goes through one of the parsers of values.hpp.
template <class Spec, class T>
Field<Spec> parsed_field(std::string_view name, T Spec::* member,
                         Result<T> (*parse)(std::string_view)) {
    return {name,
            [=](Spec& spec, const std::string& text) -> Result<void> {
                auto value = parse(text);
                if (!value) {
                    return std::unexpected(value.error());
                }
                spec.*member = *value;
                return {};
            },
            {}};
}

// A limit: a size, or -1 for none.
Result<std::int64_t> parse_limit(std::string_view text) {
    return text == "-1" ? Result<std::int64_t>{-1} : parse_size(text);
}

const std::vector<Field<StreamSpec>>& stream_fields() {
    using S = StreamSpec;
    static const std::vector<Field<S>> fields{
        text_field("name", &S::name),
        list_field("subjects", &S::subjects),
        text_field("retention", &S::retention, "limits|interest|workqueue"),
        text_field("storage", &S::storage, "file|memory"),
        text_field("discard", &S::discard, "old|new"),
        text_field("compression", &S::compression, "none|s2"),
        text_field("description", &S::description),
        parsed_field("replicas", &S::replicas, &parse_limit),
        parsed_field("max_age", &S::max_age, &parse_duration),
        parsed_field("duplicate_window", &S::duplicate_window, &parse_duration),
        parsed_field("max_msgs", &S::max_msgs, &parse_limit),
        parsed_field("max_bytes", &S::max_bytes, &parse_limit),
        parsed_field("max_msg_size", &S::max_msg_size, &parse_limit),
        parsed_field("max_msgs_per_subject", &S::max_msgs_per_subject, &parse_limit),
        parsed_field("max_consumers", &S::max_consumers, &parse_limit),
        parsed_field("allow_direct", &S::allow_direct, &parse_boolean),
        parsed_field("deny_delete", &S::deny_delete, &parse_boolean),
        parsed_field("deny_purge", &S::deny_purge, &parse_boolean),
        parsed_field("allow_rollup", &S::allow_rollup, &parse_boolean),
    };
    return fields;
}

const std::vector<Field<TenantSpec>>& tenant_fields() {
    static const std::vector<Field<TenantSpec>> fields{
        text_field("name", &TenantSpec::name),
        list_field("allowed_clusters", &TenantSpec::allowed_clusters),
        list_field("admin_roles", &TenantSpec::admin_roles)};
    return fields;
}

const std::vector<Field<NamespaceSpec>>& namespace_fields() {
    static const std::vector<Field<NamespaceSpec>> fields{text_field("name", &NamespaceSpec::name)};
    return fields;
}

const std::vector<Field<TopicSpec>>& topic_fields() {
    static const std::vector<Field<TopicSpec>> fields{
        text_field("name", &TopicSpec::name),
        parsed_field("partitions", &TopicSpec::partitions, &parse_size)};
    return fields;
}

Result<std::vector<std::string>> string_list(const std::string& file, const Value& value,
                                             std::string_view name) {
    std::vector<std::string> list;
    if (!value.is_array()) {
        return wrong(file, value, fmt::format("{} is a list of strings: {} = [\"…\"]", name, name));
    }
    for (const Value& item : value.as_array()) {
        if (!item.is_string()) {
            return wrong(file, item, fmt::format("{} is a list of strings", name));
        }
        list.push_back(item.as_string());
    }
    return list;
}

template <class Spec>
Result<void> read_field(const std::string& file, const std::string& list, const Field<Spec>& field,
                        const Value& value, Spec& spec) {
    if (field.set_list) {
        auto items = string_list(file, value, field.name);
        if (!items) {
            return std::unexpected(items.error());
        }
        field.set_list(spec, std::move(*items));
        return {};
    }
    const auto text = scalar_text(value);
    if (!text) {
        return wrong(
            file, value,
            fmt::format("{}.{} is a text, a whole number or true/false", list, field.name));
    }
    const auto stored = field.set_text(spec, *text);
    return stored ? Result<void>{}
                  : wrong(file, value,
                          fmt::format("{}.{}: {}", list, field.name, stored.error().text));
}

// Why the server would not take such a name; nothing where it would.
std::optional<std::string> name_problem(const StreamSpec& spec) {
    return nats::valid_stream_name(spec.name)
               ? std::nullopt
               : std::optional<std::string>{"no spaces, dots, wildcards or slashes"};
}
std::optional<std::string> name_problem(const TenantSpec& spec) {
    return pulsar::tenant_problem(spec.name);
}
std::optional<std::string> name_problem(const NamespaceSpec& spec) {
    return pulsar::namespace_problem(spec.name);
}
std::optional<std::string> name_problem(const TopicSpec& spec) {
    return pulsar::topic_problem(spec.name, spec.partitions > 0);
}

template <class Spec>
Result<Spec> read_entry(const std::string& file, const std::string& list,
                        const std::vector<Field<Spec>>& fields, const Value& entry) {
    Spec spec;
    spec.declared_at = place(file, entry);
    for (const auto& [name, value] : entry.as_table()) {
        const auto field = std::ranges::find(fields, name, &Field<Spec>::name);
        if (field == fields.end()) {
            std::vector<std::string_view> known;
            std::ranges::transform(fields, std::back_inserter(known), &Field<Spec>::name);
            return wrong(
                file, value,
                fmt::format("{} has no key '{}'{}", list, name, did_you_mean(name, known)));
        }
        if (const auto read = read_field(file, list, *field, value, spec); !read) {
            return std::unexpected(read.error());
        }
    }
    if (spec.name.empty()) {
        return wrong(file, entry, fmt::format("this {} needs a name", list));
    }
    if (const auto problem = name_problem(spec)) {
        return wrong(file, entry, fmt::format("{} '{}': {}", list, spec.name, *problem));
    }
    return spec;
}

template <class Spec>
Result<void> read_list(const std::string& file, const std::string& list,
                       const std::vector<Field<Spec>>& fields, const Value& value,
                       std::vector<Spec>& target) {
    const bool tables =
        value.is_array() &&
        std::ranges::all_of(value.as_array(), [](const Value& item) { return item.is_table(); });
    if (!tables) {
        return wrong(file, value, fmt::format("write each as a table of its own: [[{}]]", list));
    }
    target.clear();
    for (const Value& entry : value.as_array()) {
        auto spec = read_entry(file, list, fields, entry);
        if (!spec) {
            return std::unexpected(spec.error());
        }
        if (std::ranges::find(target, spec->name, &Spec::name) != target.end()) {
            return wrong(file, entry, fmt::format("{} '{}' is declared twice", list, spec->name));
        }
        target.push_back(std::move(*spec));
    }
    return {};
}

constexpr std::array<std::string_view, 4> kLists{"nats.stream", "pulsar.tenant", "pulsar.namespace",
                                                 "pulsar.topic"};

Result<void> read_named_list(const std::string& file, const std::string& path, const Value& value,
                             Config& config) {
    if (path == "nats.stream") {
        return read_list(file, path, stream_fields(), value, config.nats.streams);
    }
    if (path == "pulsar.tenant") {
        return read_list(file, path, tenant_fields(), value, config.pulsar.tenants);
    }
    if (path == "pulsar.namespace") {
        return read_list(file, path, namespace_fields(), value, config.pulsar.namespaces);
    }
    return read_list(file, path, topic_fields(), value, config.pulsar.topics);
}

bool is_section(std::string_view path) {
    return path == "nats" || path == "redis" || path == "pulsar";
}

Result<void> unknown_key(const std::string& file, const std::string& path, const Value& value) {
    std::vector<std::string_view> known(kLists.begin(), kLists.end());
    known.emplace_back("levels");
    std::ranges::transform(keys(), std::back_inserter(known), &Key::path);
    return wrong(file, value, fmt::format("no setting '{}'{}", path, did_you_mean(path, known)));
}

// [levels]: a finding's code to its level. A code has dots of its own, so it is quoted; without
// quotes TOML reads tables, which are taken for the same thing.
Result<void> read_levels(const std::string& file, const std::string& prefix, const Value& table,
                         Config& config) {
    for (const auto& [name, value] : table.as_table()) {
        if (value.is_table()) {
            if (const auto read = read_levels(file, prefix + name + ".", value, config); !read) {
                return read;
            }
            continue;
        }
        if (!value.is_string()) {
            return wrong(file, value,
                         fmt::format("levels: \"{}{}\" is \"ok\", \"degraded\" or \"unhealthy\"",
                                     prefix, name));
        }
        auto level = parse_level(prefix + name, value.as_string(), place(file, value));
        if (!level) {
            return wrong(file, value, "levels: " + level.error().text);
        }
        set_level(config.levels, std::move(*level));
    }
    return {};
}

Result<void> read_table(const std::string& file, const std::string& prefix, const Value& table,
                        Config& config);

Result<void> read_value(const std::string& file, const std::string& path, const Value& value,
                        Config& config) {
    if (std::ranges::find(kLists, path) != kLists.end()) {
        return read_named_list(file, path, value, config);
    }
    if (value.is_table() && path == "levels") {
        return read_levels(file, "", value, config);
    }
    if (value.is_table() && is_section(path)) {
        return read_table(file, path + ".", value, config);
    }
    const Key* key = find_key(path);
    if (key == nullptr) {
        return unknown_key(file, path, value);
    }
    const auto text = scalar_text(value);
    if (!text) {
        return wrong(file, value, fmt::format("{} is a text, a whole number or true/false", path));
    }
    const auto stored = assign(config, *key, *text, {place(file, value), true});
    return stored ? Result<void>{} : wrong(file, value, stored.error().text);
}

Result<void> read_table(const std::string& file, const std::string& prefix, const Value& table,
                        Config& config) {
    for (const auto& [name, value] : table.as_table()) {
        if (const auto read = read_value(file, prefix + name, value, config); !read) {
            return read;
        }
    }
    return {};
}

// What stands on a line, without a parser: within quotes, or one word. A comment behind it is not
// part of it.
std::string_view first_value(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    const bool quoted = text.starts_with('"') || text.starts_with('\'');
    return quoted ? text.substr(1, text.find(text.front(), 1) - 1)
                  : text.substr(0, text.find_first_of(" \t\r#"));
}

// Before the first error: what stands behind it is never assigned, and is a secret all the same.
void keep_secrets_of_lines(const std::string& text) {
    for (const std::string_view line : split(text, '\n')) {
        const std::size_t mark = line.find('=');
        if (mark != std::string_view::npos) {
            keep_secrets_of_setting(first_value(line.substr(0, mark)),
                                    first_value(line.substr(mark + 1)));
        }
    }
}

// The parser's own report spans lines and draws arrows; what and where is enough for one line.
Error syntax_error(const std::string& name, const std::vector<toml::error_info>& errors) {
    if (errors.empty()) {
        return {ErrorKind::config, name + ": not TOML"};
    }
    const auto& first = errors.front();
    const auto line = first.locations().empty()
                          ? std::size_t{0}
                          : first.locations().front().first.first_line_number();
    std::string title = first.title();
    std::ranges::replace(title, '\n', ' ');
    return {ErrorKind::config, fmt::format("{}:{}: not TOML: {}", name, line, title)};
}

}  // namespace

Result<void> load_toml_text(const std::string& text, const std::string& name, Config& config) {
    keep_secrets_of_lines(text);
    if (const std::size_t line = line_not_text(text); line != 0) {
        return fail(ErrorKind::config,
                    fmt::format("{}:{}: not TOML: this line has bytes that are no UTF-8 text: save "
                                "the file in that encoding, without control characters",
                                name, line));
    }
    if (const std::size_t line = line_too_deep(text); line != 0) {
        return fail(ErrorKind::config,
                    fmt::format("{}:{}: nested deeper than any setting", name, line));
    }
    std::vector<unsigned char> bytes(text.begin(), text.end());
    const auto parsed = toml::try_parse(std::move(bytes), name);
    if (parsed.is_err()) {
        return std::unexpected(syntax_error(name, parsed.unwrap_err()));
    }
    return read_table(name, "", parsed.unwrap(), config);
}

Result<void> load_toml(const std::string& path, Config& config) {
    constexpr std::size_t kMaxFile = std::size_t{1024} * 1024;
    const auto text = read_whole(path, kMaxFile);
    return text ? load_toml_text(*text, path, config) : std::unexpected(text.error());
}

}  // namespace arc
