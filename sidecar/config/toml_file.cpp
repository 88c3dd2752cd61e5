#include "config/toml_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <toml.hpp>

#include "base/file.hpp"
#include "base/suggest.hpp"
#include "config/section.hpp"
#include "config/toml_limits.hpp"

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

// The text that assign() reads for a list: an array of texts, or one text with commas.
std::optional<std::string> list_text(const Value& value) {
    if (!value.is_array()) {
        return value.is_string() ? std::optional{value.as_string()} : std::nullopt;
    }
    std::string text;
    for (const Value& item : value.as_array()) {
        if (!item.is_string()) {
            return std::nullopt;
        }
        text += (text.empty() ? "" : ",") + item.as_string();
    }
    return text;
}

// A value of an entry, as config/object.hpp has it.
EntryField entry_field(const std::string& file, const std::string& name, const Value& value) {
    EntryField field{.name = name, .value = {}, .declared_at = place(file, value)};
    if (auto text = scalar_text(value)) {
        field.value = std::move(*text);
    } else if (value.is_array()) {
        std::vector<std::string> list;
        for (const Value& item : value.as_array()) {
            if (!item.is_string()) {
                field.value = EntryField::MixedList{place(file, item)};
                return field;
            }
            list.push_back(item.as_string());
        }
        field.value = std::move(list);
    }
    return field;
}

// A list of declared objects: [[cache.thing]].
Result<void> read_objects(const std::string& file, const std::string& path, const ObjectKind& kind,
                          const Value& value, Config& config) {
    const bool tables =
        value.is_array() &&
        std::ranges::all_of(value.as_array(), [](const Value& item) { return item.is_table(); });
    if (!tables) {
        return wrong(file, value, fmt::format("write each as a table of its own: [[{}]]", path));
    }
    std::vector<ObjectEntry> entries;
    for (const Value& table : value.as_array()) {
        ObjectEntry& entry = entries.emplace_back(place(file, table));
        for (const auto& [name, item] : table.as_table()) {
            entry.fields.push_back(entry_field(file, name, item));
        }
    }
    return kind.declare(config, path, entries);
}

Result<void> unknown_key(const std::string& file, const std::string& path, const Value& value) {
    std::vector<std::string> names{"levels"};
    for (const Section* section : sections()) {
        for (const ObjectKind* kind : section->objects) {
            names.push_back(fmt::format("{}.{}", section->name, kind->name));
        }
    }
    std::ranges::transform(keys(), std::back_inserter(names), &Key::path);
    const std::vector<std::string_view> known(names.begin(), names.end());
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

Result<void> read_setting(const std::string& file, const std::string& path, const Value& value,
                          Config& config) {
    const Key* key = find_key(path);
    if (key == nullptr) {
        return unknown_key(file, path, value);
    }
    const auto text = is_list(*key) ? list_text(value) : scalar_text(value);
    if (!text) {
        return wrong(file, value,
                     fmt::format("{} is {}", path,
                                 is_list(*key) ? "a list of texts: [\"a\", \"b\"]"
                                               : "a text, a whole number or true/false"));
    }
    const auto stored = assign(config, *key, *text, {place(file, value), true});
    return stored ? Result<void>{} : wrong(file, value, stored.error().text);
}

Result<void> read_section(const std::string& file, const std::string& section,
                          std::span<const ObjectKind* const> objects, const Value& table,
                          Config& config) {
    for (const auto& [name, value] : table.as_table()) {
        const std::string path = fmt::format("{}.{}", section, name);
        const auto kind = std::ranges::find(objects, name, &ObjectKind::name);
        const auto read = kind != objects.end() ? read_objects(file, path, **kind, value, config)
                                                : read_setting(file, path, value, config);
        if (!read) {
            return read;
        }
    }
    return {};
}

Result<void> read_value(const std::string& file, const std::string& name, const Value& value,
                        Config& config) {
    const Section* section = find_section(name);
    if (value.is_table() && name == "levels") {
        return read_levels(file, "", value, config);
    }
    if (value.is_table() && (section != nullptr || name == kClusterSection)) {
        const auto objects =
            section == nullptr ? std::span<const ObjectKind* const>{} : section->objects;
        return read_section(file, name, objects, value, config);
    }
    return read_setting(file, name, value, config);
}

Result<void> read_file(const std::string& file, const Value& root, Config& config) {
    for (const auto& [name, value] : root.as_table()) {
        if (const auto read = read_value(file, name, value, config); !read) {
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
    return read_file(name, parsed.unwrap(), config);
}

Result<void> load_toml(const std::string& path, Config& config) {
    constexpr std::size_t kMaxFile = std::size_t{1024} * 1024;
    const auto text = read_whole(path, kMaxFile);
    return text ? load_toml_text(*text, path, config) : std::unexpected(text.error());
}

}  // namespace arc
