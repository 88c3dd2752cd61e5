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

bool BootstrapReport::may_pass() const noexcept {
    const auto passes = [](ErrorKind kind) {
        return is_silence(kind) || kind == ErrorKind::shortage || kind == ErrorKind::rejected;
    };
    return error ? passes(error->kind) : std::ranges::any_of(actions, &Action::transient);
}

void merge_done(BootstrapReport& report, std::vector<Action>& done) {
    for (Action& action : report.actions) {
        const auto before = std::ranges::find(done, action.object, &Action::object);
        if (action.done) {
            done.push_back(action);
        } else if (action.kind == ActionKind::same && before != done.end()) {
            action = *before;
        }
    }
}

std::string reason(const BootstrapReport& report) {
    if (report.error) {
        return full_text(*report.error);
    }
    const auto refused = std::ranges::find(report.actions, ActionKind::refuse, &Action::kind);
    return refused == report.actions.end() ? std::string{}
                                           : refused->object + ": " + refused->detail;
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
        text += fmt::format("  {}: {}\n", to_string(report.error->kind),
                            shown(full_text(*report.error)));
    }
    return text;
}

}  // namespace arc
