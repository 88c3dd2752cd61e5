// The plan and the report of a bootstrap, the same for all services. Each service's directory makes
// the plan and applies it. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace arc {

enum class ActionKind {
    create,  // "+" is missing and will be, or was, created
    same,    // "=" exists as declared
    change,  // "~" differs, and the change loses no data
    // "!" stays as it is: drift, a change that could lose data, or an object that conflicts
    refuse,
};

struct Action {
    ActionKind kind = ActionKind::same;
    std::string object;  // "stream AGENT_COMMANDS", "topic arc-system/logs/application"
    // The change. For a refusal, the reason and the remedy: "subjects metrics.cpu overlap stream A
    // (metrics.>)".
    std::string detail;
    bool done = false;  // applied (create, change); always false in a dry run
    // The reason for a refusal may pass without help: a cluster without a leader.
    bool transient = false;
};

struct BootstrapOptions {
    bool dry_run = false;
    // Apply changes that lose no data. Without it every difference is refused.
    bool update = false;
    // The name of an object to change even if the change loses data.
    std::string accept_loss = {};
    // Create objects even if the server's monitor, which reports damaged streams, does not answer.
    bool force = false;
};

struct BootstrapReport {
    std::string service;
    std::vector<Action> actions;
    std::optional<Error> error;  // the error that stopped it after these actions

    // Whether every object exists as declared: no error, no refusal, and each create and change is
    // done.
    [[nodiscard]] bool converged() const noexcept;

    // Whether another attempt may get further, although nothing is corrected: the server does not
    // answer yet or rejects requests for now, or a refusal is transient.
    [[nodiscard]] bool may_pass() const noexcept;
};

// Reports an object as created or changed that is the same now, because an earlier attempt did it.
// `done` collects what the attempts did.
void merge_done(BootstrapReport& report, std::vector<Action>& done);

// One line on why a report did not converge: its error, else its first refusal; empty when it did.
[[nodiscard]] std::string reason(const BootstrapReport& report);

// One line for each action: "  + stream AGENT_COMMANDS: created", and the error last. The texts
// pass through shown().
[[nodiscard]] std::string plan_text(const BootstrapReport& report, bool dry_run);

}  // namespace arc
