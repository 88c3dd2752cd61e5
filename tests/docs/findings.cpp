#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <string>
#include <vector>

#include "base/suggest.hpp"
#include "docs/pages.hpp"
#include "health/catalogue.hpp"

namespace arc::docs {
namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

// A text of the catalogue in a cell of a table.
std::string cell(std::string_view text) {
    return replaced(replaced(std::string(text), "|", "\\|"), "docs/permissions.md",
                    "[permissions](permissions.md)");
}

std::string_view restart_text(RestartEffect effect) {
    switch (effect) {
        case RestartEffect::helps:
            return "helps";
        case RestartEffect::helps_silence:
            return "helps if nothing answers";
        case RestartEffect::harms:
            return "harms";
        case RestartEffect::none:
            break;
    }
    return "";
}

std::string row_text(const CatalogueRow& row) {
    return fmt::format("| `{}` | {} | {} | {} | {} | {} | {} | {} |\n", row.code,
                       to_string(row.worst), to_string(row.scope), restart_text(row.restart),
                       cell(row.meaning), cell(row.measurement), cell(row.reason),
                       cell(row.remedy));
}

}  // namespace

std::string findings_part() {
    std::string text;
    for (const CatalogueSection& section : catalogue()) {
        text += fmt::format(
            "\n## {}\n\n| code | worst level | scope | a restart | meaning | measurement | reason "
            "for the level | remedy |\n|---|---|---|---|---|---|---|---|\n",
            section.title);
        for (const CatalogueRow& row : section.rows) {
            text += row_text(row);
        }
    }
    return text + "\n";
}

std::string old_codes_part() {
    std::map<std::string_view, std::vector<std::string>> renamed;
    for (const CatalogueSection& section : catalogue()) {
        for (const CatalogueRow& row : section.rows) {
            if (!row.before.empty()) {
                for (const std::string_view old : split(row.before, ' ')) {
                    renamed[old].push_back(fmt::format("`{}`", row.code));
                }
            }
        }
    }
    std::string text = "| 0.1.0 | now |\n|---|---|\n";
    for (const auto& [old, codes] : renamed) {
        text += fmt::format("| `{}` | {} |\n", old, fmt::join(codes, ", "));
    }
    return text;
}

}  // namespace arc::docs
