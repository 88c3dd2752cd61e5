#include "preflight/report.hpp"

#include <algorithm>
#include <array>

#include "config/suggest.hpp"

namespace arc::preflight {
namespace {

struct Kind {
    std::string_view prefix;
    std::vector<std::string> Report::* texts;
};
constexpr std::array kKinds{Kind{"refused: ", &Report::refusals}, Kind{"warning: ", &Report::warnings}, Kind{"lock: ", &Report::locks}};

}  // namespace

std::string to_lines(const Report& report) {
    std::string lines;
    for (const Kind& kind : kKinds) {
        for (std::string text : report.*kind.texts) {
            std::ranges::replace(text, '\n', ' ');
            lines.append(kind.prefix).append(text).append("\n");
        }
    }
    return lines;
}

Report from_lines(std::string_view lines) {
    Report report;
    for (const std::string_view line : split(lines, '\n')) {
        for (const Kind& kind : kKinds) {
            if (line.starts_with(kind.prefix)) {
                (report.*kind.texts).emplace_back(line.substr(kind.prefix.size()));
            }
        }
    }
    return report;
}

}  // namespace arc::preflight
