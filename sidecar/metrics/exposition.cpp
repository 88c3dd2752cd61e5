#include "metrics/exposition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/shown.hpp"

namespace arc::metrics {
namespace {

// The shortest text that is parsed as the same number. Integers have no exponent, as in the
// servers' own metrics.
std::string number(double value) {
    if (std::isnan(value)) {
        return "NaN";
    }
    if (std::isinf(value)) {
        return value > 0 ? "+Inf" : "-Inf";
    }
    constexpr double kExact = 9007199254740992.0;  // 2^53
    const bool whole = std::abs(value) <= kExact && value == std::floor(value);
    return whole ? fmt::format("{}", static_cast<long long>(value)) : fmt::format("{}", value);
}

// HELP text. Its format does not escape quotes.
std::string escaped_help(std::string_view text) {
    std::string result;
    for (const char c : shown(text)) {  // shown() has removed line ends
        result += c == '\\' ? "\\\\" : std::string(1, c);
    }
    return result;
}

}  // namespace

std::string_view to_string(Type type) noexcept {
    switch (type) {
        case Type::counter:
            return "counter";
        case Type::gauge:
            return "gauge";
        case Type::histogram:
            return "histogram";
        case Type::summary:
            return "summary";
    }
    return "untyped";
}

std::string valid_name(std::string_view text) {
    std::string name{text};
    std::ranges::replace_if(
        name,
        [](char c) {
            return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '_');
        },
        '_');
    if (name.empty() || (name.front() >= '0' && name.front() <= '9')) {
        name.insert(0, 1, '_');
    }
    return name;
}

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : shown(text)) {  // shown() has removed line ends
        if (c == '\\' || c == '"') {
            result += '\\';
        }
        result += c;
    }
    return result;
}

LabelText::LabelText(const Labels& labels) {
    for (const auto& [name, value] : labels) {
        text_ +=
            fmt::format("{}{}=\"{}\"", text_.empty() ? "{" : ",", valid_name(name), escaped(value));
    }
    text_ += labels.empty() ? "" : "}";
}

void Family::add_as(std::string_view suffix, double value, const Labels& labels) {
    add_text(suffix, value, LabelText(labels).text());
}

void Family::add_text(std::string_view suffix, double value, const std::string& labels) {
    const std::size_t begin = samples_.size();
    fmt::format_to(std::back_inserter(samples_), "{}{}{}", name_, suffix, labels);
    if (known_.insert(std::hash<std::string_view>{}(std::string_view(samples_).substr(begin)))
            .second) {
        fmt::format_to(std::back_inserter(samples_), " {}\n", number(value));
    } else {
        samples_.resize(begin);
    }
}

Family& Exposition::family(std::string_view name, Type type, std::string_view help) {
    const std::string valid = valid_name(name);
    if (const auto known = by_name_.find(valid); known != by_name_.end()) {
        return *known->second;
    }
    auto made = std::make_unique<Family>();
    made->name_ = valid;
    made->type_ = type;
    made->help_ = help;
    Family& result = *made;
    by_name_.emplace(valid, &result);
    families_.push_back(std::move(made));
    return result;
}

void Exposition::gauge(std::string_view name, double value, std::string_view help,
                       const Labels& labels) {
    family(name, Type::gauge, help).add(value, labels);
}

void Exposition::counter(std::string_view name, double value, std::string_view help,
                         const Labels& labels) {
    family(name, Type::counter, help).add(value, labels);
}

std::string Exposition::text() const {
    std::size_t size = 0;
    for (const auto& family : families_) {
        size += family->samples_.size() + family->name_.size() * 2 + family->help_.size() + 64;
    }
    std::string result;
    // Without it, a text of many megabytes would temporarily need three times its memory.
    result.reserve(size);
    for (const auto& family : families_) {
        if (!family->samples_.empty()) {
            fmt::format_to(std::back_inserter(result), "# HELP {} {}\n# TYPE {} {}\n",
                           family->name_, escaped_help(family->help_), family->name_,
                           to_string(family->type_));
            result += family->samples_;
        }
    }
    return result;
}

}  // namespace arc::metrics
