// A kind of declared object, made of the table of its fields.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/suggest.hpp"
#include "config/config.hpp"
#include "config/object.hpp"
#include "config/object_field.hpp"

namespace arc {

// `Values` is the section's type, Spec the object's: with `name` and `declared_at`, both texts.
template <class Values, class Spec>
class ObjectTable final : public ObjectKind {
public:
    // Why the server would not take the object's name; nothing where it would.
    using NameProblem = std::optional<std::string> (*)(const Spec& spec);

    constexpr ObjectTable(std::string_view kind, std::string_view meaning, Use declared,
                          std::span<const ObjectField<Spec>> fields,
                          std::vector<Spec> Values::* list, NameProblem name_problem)
        : ObjectKind(kind, meaning, declared),
          fields_(fields),
          list_(list),
          name_problem_(name_problem) {}

    [[nodiscard]] Result<void> declare(Config& config, std::string_view path,
                                       std::span<const ObjectEntry> entries) const override {
        std::vector<Spec>& list = config.section<Values>().*list_;
        list.clear();
        for (const ObjectEntry& entry : entries) {
            auto spec = read_entry(path, entry);
            if (!spec) {
                return std::unexpected(std::move(spec.error()));
            }
            if (std::ranges::find(list, spec->name, &Spec::name) != list.end()) {
                return wrong(entry.declared_at,
                             fmt::format("{} '{}' is declared twice", path, spec->name));
            }
            list.push_back(std::move(*spec));
        }
        return {};
    }

    [[nodiscard]] std::vector<ShownObject> show(const Config& config) const override {
        std::vector<ShownObject> shown;
        for (const Spec& spec : config.section<Values>().*list_) {
            ShownObject& object = shown.emplace_back(spec.declared_at);
            for (const ObjectField<Spec>& field : fields_) {
                if (const std::string text = toml_text_of(field, spec); text != "\"\"") {
                    object.fields.emplace_back(field.name, text);
                }
            }
        }
        return shown;
    }

    [[nodiscard]] std::vector<FieldDocumentation> fields() const override {
        const Spec usual;
        std::vector<FieldDocumentation> all;
        for (const ObjectField<Spec>& field : fields_) {
            const auto type = std::visit(
                [&](auto member) { return type_name(usual.*member, field.unit); }, field.member);
            all.emplace_back(field.name, type, toml_text_of(field, usual), field.choices,
                             field.help);
        }
        return all;
    }

private:
    static std::unexpected<Error> wrong(const std::string& where, const std::string& text) {
        return fail(ErrorKind::config, fmt::format("{}: {}", where, text));
    }

    static std::string toml_text_of(const ObjectField<Spec>& field, const Spec& spec) {
        return std::visit([&](auto member) { return toml_text(spec.*member); }, field.member);
    }

    Result<Spec> read_entry(std::string_view path, const ObjectEntry& entry) const {
        Spec spec;
        spec.declared_at = entry.declared_at;
        for (const EntryField& given : entry.fields) {
            const auto field = std::ranges::find(fields_, given.name, &ObjectField<Spec>::name);
            if (field == fields_.end()) {
                return unknown_field(path, given);
            }
            if (const auto read = read_field(path, *field, given, spec); !read) {
                return std::unexpected(read.error());
            }
        }
        if (spec.name.empty()) {
            return wrong(entry.declared_at, fmt::format("this {} needs a name", path));
        }
        if (const auto problem = name_problem_(spec)) {
            return wrong(entry.declared_at, fmt::format("{} '{}': {}", path, spec.name, *problem));
        }
        return spec;
    }

    std::unexpected<Error> unknown_field(std::string_view path, const EntryField& given) const {
        std::vector<std::string_view> known;
        std::ranges::transform(fields_, std::back_inserter(known), &ObjectField<Spec>::name);
        return wrong(given.declared_at, fmt::format("{} has no key '{}'{}", path, given.name,
                                                    did_you_mean(given.name, known)));
    }

    static Result<void> read_field(std::string_view path, const ObjectField<Spec>& field,
                                   const EntryField& given, Spec& spec) {
        return std::visit(
            [&](auto member) { return read_value(path, given, field.choices, spec.*member); },
            field.member);
    }

    static Result<void> read_value(std::string_view /*path*/, const EntryField& given,
                                   std::string_view /*choices*/, TextList& value) {
        if (const auto* mixed = std::get_if<EntryField::MixedList>(&given.value)) {
            return wrong(mixed->declared_at, fmt::format("{} is a list of strings", given.name));
        }
        const auto* list = std::get_if<TextList>(&given.value);
        if (list == nullptr) {
            return wrong(given.declared_at, fmt::format("{} is a list of strings: {} = [\"…\"]",
                                                        given.name, given.name));
        }
        value = *list;
        return {};
    }

    static Result<void> read_value(std::string_view path, const EntryField& given,
                                   std::string_view choices, auto& value) {
        const auto* text = std::get_if<std::string>(&given.value);
        if (text == nullptr) {
            return wrong(
                given.declared_at,
                fmt::format("{}.{} is a text, a whole number or true/false", path, given.name));
        }
        const auto read = read_text(value, *text, choices);
        return read ? Result<void>{}
                    : wrong(given.declared_at,
                            fmt::format("{}.{}: {}", path, given.name, read.error().text));
    }

    std::span<const ObjectField<Spec>> fields_;
    std::vector<Spec> Values::* list_;
    NameProblem name_problem_;
};

}  // namespace arc
