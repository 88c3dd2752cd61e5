#include "preflight/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/shown.hpp"
#include "base/suggest.hpp"

namespace arc::preflight {
namespace {

struct Kind {
    std::string_view prefix;
    std::vector<std::string> Report::* texts;
};
constexpr std::array kKinds{Kind{"refused: ", &Report::refusals},
                            Kind{"warning: ", &Report::warnings}};
constexpr std::string_view kArguments = "arguments: ";  // one line, so all of them or none
constexpr std::string_view kLock = "lock: ";
constexpr std::string_view kLogFormat = "log_format: ";
constexpr std::string_view kStopBudget = "stop_budget: ";
constexpr std::string_view kNamed = "locks: named";

std::string one_line(std::string text) {
    std::ranges::replace(text, '\n', ' ');
    return text;
}

// Takes a number and the blank behind it off the front of `text`. Negative: there is none.
std::int64_t take_number(std::string_view& text) {
    std::int64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc{} || parsed.ptr == text.data() + text.size() || *parsed.ptr != ' ') {
        return -1;
    }
    text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()) + 1);
    return number;
}

std::optional<std::int64_t> parse_budget(std::string_view text) {
    const std::string number = fmt::format("{} ", text);
    std::string_view rest = number;
    const std::int64_t budget = take_number(rest);
    return budget > 0 && rest.empty() ? std::optional{budget} : std::nullopt;
}

std::optional<Lock> parse_lock(std::string_view text) {
    const std::int64_t first = take_number(text);
    const std::int64_t length = take_number(text);
    const std::size_t tab = text.find('\t');
    if (first < 0 || length <= 0 || tab == std::string_view::npos) {
        return std::nullopt;
    }
    return Lock{std::string(text.substr(0, tab)), std::string(text.substr(tab + 1)), first, length};
}

}  // namespace

std::string to_lines(const Report& report) {
    std::string lines;
    if (report.log_format) {
        lines = fmt::format("{}{}\n", kLogFormat, to_string(*report.log_format));
    }
    if (report.stop_budget) {
        lines += fmt::format("{}{}\n", kStopBudget, *report.stop_budget);
    }
    for (const Lock& lock : report.locks) {
        lines += one_line(fmt::format("{}{} {} {}\t{}", kLock, lock.first, lock.length, lock.store,
                                      lock.directory)) +
                 '\n';
    }
    lines += report.locks_named ? fmt::format("{}\n", kNamed) : std::string{};
    if (!report.arguments.empty()) {
        lines +=
            one_line(fmt::format("{}{}", kArguments, fmt::join(report.arguments, "\t"))) + '\n';
    }
    for (const Kind& kind : kKinds) {
        for (const std::string& text : report.*kind.texts) {
            lines.append(kind.prefix).append(shown(one_line(text))).append("\n");
        }
    }
    return lines;
}

Report from_lines(std::string_view lines) {
    Report report;
    const std::vector<std::string_view> parts = split(lines, '\n');
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {  // what follows the last line end is torn
        const std::string_view line = parts[i];
        report.locks_named = report.locks_named || line == kNamed;
        if (auto lock =
                line.starts_with(kLock) ? parse_lock(line.substr(kLock.size())) : std::nullopt) {
            report.locks.push_back(std::move(*lock));
        }
        if (line.starts_with(kLogFormat)) {
            report.log_format = parse_log_format(line.substr(kLogFormat.size()));
        }
        if (line.starts_with(kStopBudget)) {
            report.stop_budget = parse_budget(line.substr(kStopBudget.size()));
        }
        if (line.starts_with(kArguments)) {
            const auto words = split(line.substr(kArguments.size()), '\t');
            report.arguments.assign(words.begin(), words.end());
        }
        for (const Kind& kind : kKinds) {
            if (line.starts_with(kind.prefix)) {
                (report.*kind.texts).emplace_back(line.substr(kind.prefix.size()));
            }
        }
    }
    return report;
}

}  // namespace arc::preflight
