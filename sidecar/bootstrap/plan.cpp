#include "bootstrap/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/shown.hpp"

namespace arc {
namespace {

char mark(ActionKind kind) {
    switch (kind) {
        case ActionKind::create:
            return '+';
        case ActionKind::same:
            return '=';
        case ActionKind::change:
            return '~';
        case ActionKind::refuse:
            return '!';
    }
    return '?';
}

std::string_view outcome(const Action& action, bool dry_run) {
    const bool writes = action.kind == ActionKind::create || action.kind == ActionKind::change;
    if (!writes || dry_run) {
        return "";
    }
    return action.done ? " (done)" : " (not done)";
}

}  // namespace

bool BootstrapReport::converged() const noexcept {
    const auto settled = [](const Action& action) {
        return action.kind == ActionKind::same || action.done;
    };
    return !error && std::ranges::all_of(actions, settled);
}

std::string plan_text(const BootstrapReport& report, bool dry_run) {
    std::string text;
    for (const Action& action : report.actions) {
        const std::string what =
            action.object + (action.detail.empty() ? std::string{} : ": " + action.detail);
        text +=
            fmt::format("  {} {}{}\n", mark(action.kind), shown(what), outcome(action, dry_run));
    }
    if (report.error) {
        text += fmt::format("  {}: {}\n", to_string(report.error->kind), shown(report.error->text));
    }
    return text;
}

}  // namespace arc
