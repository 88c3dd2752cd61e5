// What bootstrap intends and what came of it, the same for each service. Pure; the rooms make plans
// and carry them out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace arc {

enum class ActionKind {
    create,  // "+" is absent and will be (or was) created
    same,    // "=" is there, as declared
    change,  // "~" differs, and the change can lose nothing
    // "!" differs or is in the way, and is left as it is: drift, or a change that could lose data
    refuse,
};

struct Action {
    ActionKind kind = ActionKind::same;
    std::string object;  // "stream AGENT_COMMANDS", "topic arc-system/logs/application"
    // what, and for a refusal why and what to do: "subjects metrics.cpu overlap stream A
    // (metrics.>)"
    std::string detail;
    bool done = false;  // carried out (create, change); always false in a dry run
};

struct BootstrapOptions {
    bool dry_run = false;
    // change what differs, where nothing can be lost by it; otherwise every difference is refused
    bool update = false;
    // create although the server's own view of damaged streams (its monitor) cannot be had
    bool force = false;
};

struct BootstrapReport {
    std::string service;
    std::vector<Action> actions;
    std::optional<Error> error;  // what stopped it, after the actions above

    // Everything declared is there as declared: no error, no refusal, and each create and change
    // done.
    [[nodiscard]] bool converged() const noexcept;
};

// A line an action: "  + stream AGENT_COMMANDS: created", each ended; an error comes last. Their
// texts go through shown().
[[nodiscard]] std::string plan_text(const BootstrapReport& report, bool dry_run);

}  // namespace arc
