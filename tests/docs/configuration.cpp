#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.hpp"
#include "config/section.hpp"
#include "docs/pages.hpp"

namespace arc::docs {
namespace {

std::string type_name(const Setting<std::string>&) {
    return "text";
}
std::string type_name(const Setting<Secret>&) {
    return "secret";
}
std::string type_name(const Setting<Url>&) {
    return "URL";
}
std::string type_name(const Setting<Listen>&) {
    return "address";
}
std::string type_name(const Setting<Hosts>&) {
    return "list of hosts";
}
std::string type_name(const Setting<bool>&) {
    return "true or false";
}
std::string type_name(const Setting<std::int64_t>&) {
    return "size";
}
std::string type_name(const Setting<std::chrono::milliseconds>&) {
    return "duration";
}
std::string type_name(const Setting<std::optional<std::chrono::milliseconds>>&) {
    return "duration, or off";
}

std::string code(std::string_view text) {
    return text.empty() ? std::string{} : fmt::format("`{}`", text);
}

// "`always`, `everysec`, `no`"
std::string choices_text(std::string_view choices) {
    std::string text;
    for (const std::string_view choice : split(choices, '|')) {
        text += fmt::format("{}`{}`", text.empty() ? "" : ", ", choice);
    }
    return text;
}

std::string type_text(const Key& key, Config& config) {
    if (!key.choices.empty()) {
        return choices_text(key.choices);
    }
    return std::visit([&config](auto access) { return type_name(access(config)); }, key.access);
}

std::string row(const Key& key, Config& config) {
    const std::string variable = environment_name(key);
    const bool secret = is_secret(key);
    const std::string flag = key.name.ends_with("timeout") ? "--timeout" : flag_name(key);
    return fmt::format("| `{}` | `{}`{} | {} | {} | {} | {} |\n", key.path(), variable,
                       secret ? fmt::format(", `{}_FILE`", variable) : "",
                       secret ? std::string{} : code(flag), type_text(key, config),
                       secret ? std::string{} : code(show(config, key).value), key.help);
}

std::string field_row(const FieldDocumentation& field) {
    const std::string type =
        field.choices.empty() ? std::string(field.type) : choices_text(field.choices);
    const std::string usual = field.default_value == "\"\"" ? "" : field.default_value;
    return fmt::format("| `{}` | {} | {} | {} |\n", field.name, type, code(usual), field.help);
}

}  // namespace

std::string settings_part() {
    Config config = default_config();
    std::string text =
        "| setting | environment | flag | type | default | meaning |\n|---|---|---|---|---|---|\n";
    for (const Key& key : keys()) {
        text += row(key, config);
    }
    return text;
}

std::string verification_part() {
    std::string text = "| declared | another value | not verifiable |\n|---|---|---|\n";
    const auto add = [&text](const std::string& name, const Use& use) {
        if (use.kind == Use::Kind::declaration) {
            text += fmt::format("| `{}` | `{}` | `{}` |\n", name, use.differs, use.unverified);
        }
    };
    for (const Key& key : keys()) {
        add(key.path(), key.use);
    }
    for (const Section* section : sections()) {
        for (const ObjectKind* kind : section->objects) {
            add(fmt::format("[[{}.{}]]", section->name, kind->name), kind->use);
        }
    }
    return text;
}

std::string objects_part() {
    std::string text;
    for (const Section* section : sections()) {
        for (const ObjectKind* kind : section->objects) {
            text += fmt::format(
                "{}### `[[{}.{}]]`: {}\n\n| field | type | default | meaning "
                "|\n|---|---|---|---|\n",
                text.empty() ? "" : "\n", section->name, kind->name, kind->help);
            for (const FieldDocumentation& field : kind->fields()) {
                text += field_row(field);
            }
        }
    }
    return text;
}

}  // namespace arc::docs
