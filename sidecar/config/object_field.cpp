#include "config/object_field.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.hpp"
#include "base/units.hpp"
#include "config/toml_text.hpp"

namespace arc {
namespace {

constexpr std::string_view kNoLimit = "no limit";

// Stores what a parser of base/units.hpp made.
template <class T>
Result<void> store(T& value, Result<T> parsed) {
    if (!parsed) {
        return std::unexpected(std::move(parsed.error()));
    }
    value = *parsed;
    return {};
}

}  // namespace

std::string_view type_name(const std::string& /*value*/, Unit /*unit*/) noexcept {
    return "text";
}
std::string_view type_name(const TextList& /*value*/, Unit /*unit*/) noexcept {
    return "list of texts";
}
std::string_view type_name(bool /*value*/, Unit /*unit*/) noexcept {
    return "true or false";
}
std::string_view type_name(std::int64_t /*value*/, Unit unit) noexcept {
    return unit == Unit::bytes ? "size" : "number";
}
std::string_view type_name(const Limit& /*value*/, Unit unit) noexcept {
    return unit == Unit::bytes ? "size; -1: no limit" : "number; -1: no limit";
}
std::string_view type_name(const TimeLimit& /*value*/, Unit /*unit*/) noexcept {
    return "duration";
}

Result<void> read_text(std::string& value, std::string_view text, std::string_view choices) {
    const auto known = split(choices, '|');
    if (!choices.empty() && std::ranges::find(known, text) == known.end()) {
        return fail(ErrorKind::config,
                    fmt::format("'{}' is none of {}{}", text, choices, did_you_mean(text, known)));
    }
    value = text;
    return {};
}
Result<void> read_text(bool& value, std::string_view text, std::string_view /*choices*/) {
    return store(value, parse_boolean(text));
}
Result<void> read_text(std::int64_t& value, std::string_view text, std::string_view /*choices*/) {
    return store(value, parse_size(text));
}
Result<void> read_text(Limit& value, std::string_view text, std::string_view /*choices*/) {
    const auto size = text == "-1" ? Result<std::int64_t>{0} : parse_size(text);
    return store(value, size.transform([](std::int64_t number) {
        return number == 0 ? Limit{} : Limit{number};
    }));
}
Result<void> read_text(TimeLimit& value, std::string_view text, std::string_view /*choices*/) {
    return store(value, parse_duration(text).transform([](std::chrono::milliseconds duration) {
        return duration.count() == 0 ? TimeLimit{} : TimeLimit{duration};
    }));
}

std::string toml_text(const std::string& value) {
    return toml_string(value);
}
std::string toml_text(const TextList& value) {
    std::string text;
    for (const std::string& item : value) {
        text += (text.empty() ? "" : ", ") + toml_string(item);
    }
    return "[" + text + "]";
}
std::string toml_text(bool value) {
    return value ? "true" : "false";
}
std::string toml_text(std::int64_t value) {
    return fmt::format("{}", value);
}
std::string toml_text(const Limit& value) {
    return fmt::format("{}", value.value_or(-1));
}
std::string toml_text(const TimeLimit& value) {
    return toml_text(format_duration(value.value_or(std::chrono::milliseconds{0})));
}

std::string text_of(const std::string& value, Unit /*unit*/) {
    return value.empty() ? std::string("none") : value;
}
std::string text_of(const TextList& value, Unit /*unit*/) {
    return value.empty() ? std::string("none") : fmt::format("{}", fmt::join(as_set(value), " "));
}
std::string text_of(bool value, Unit /*unit*/) {
    return value ? "yes" : "no";
}
std::string text_of(std::int64_t value, Unit unit) {
    return unit == Unit::bytes ? format_size(value) : fmt::format("{}", value);
}
std::string text_of(const Limit& value, Unit unit) {
    return value ? text_of(*value, unit) : std::string(kNoLimit);
}
std::string text_of(const TimeLimit& value, Unit /*unit*/) {
    return value ? format_duration(*value) : std::string(kNoLimit);
}

TextList as_set(TextList list) {
    std::ranges::sort(list);
    const auto tail = std::ranges::unique(list);
    list.erase(tail.begin(), tail.end());
    return list;
}

bool same(const TextList& a, const TextList& b) {
    return as_set(a) == as_set(b);
}

}  // namespace arc
