// What a probe is for, as Kubernetes means its three kinds, and for the members of a cluster. One
// set of findings answers all of them. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "health/verdict.hpp"

namespace arc {

enum class Purpose {
    // Would a restart help? Fails only while nothing answers (and the server is not in its start):
    // a server that loads, recovers, refuses this client, lacks a stream or has a full disk is
    // live; to end it would only take away what still works.
    live,
    // Is it fit for work? The whole verdict.
    ready,
    // The same by the findings about the node alone (Scope): a missing stream or a lost quorum does
    // not fail it, where "not ready" would cut the traffic of all clients (`ready_scope = "node"`).
    ready_node,
    // May the other members find it? As `live`, but findings about the cluster do not count. Its
    // probe decides whether the name of this member resolves, so a member that waits for the others
    // must pass.
    member,
    // Is it past its start? Fails while it is starting and, as long as nothing answers, when nobody
    // knows whether it starts.
    startup,
};

// For what the probe is for, one verdict is good enough. `strict` (degraded fails) is about
// readiness only.
[[nodiscard]] bool passes(const Verdict& verdict, Purpose purpose, bool strict = false) noexcept;

// Whether `wait` has reached its aim: ready, and the server was asked. A shortage of the sidecar's
// own says nothing about the server.
[[nodiscard]] bool is_fit(const Verdict& verdict, Purpose purpose = Purpose::ready) noexcept;

// The finding that the first line names: the worst, and if a probe of the node fails the worst
// about the node. nullptr: all are ok.
[[nodiscard]] const Finding* worst_finding(const Verdict& verdict, Purpose purpose) noexcept;

// All of them pass: true for none.
[[nodiscard]] bool passes(std::span<const Verdict> verdicts, Purpose purpose,
                          bool strict = false) noexcept;

// "live"/"not live", "member"/"not a member", "started"/"not started", for ready_node "ready"/"not
// ready"; for readiness by the whole verdict its level says it all: empty.
[[nodiscard]] std::string_view outcome(Purpose purpose, bool passed) noexcept;

}  // namespace arc
