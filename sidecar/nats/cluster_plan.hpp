// What a member of a cluster may create. Pure. The rules:
//   - Only the sidecar beside the meta leader creates or changes anything, so that two never do it
//     at the same moment. The others verify.
//   - As long as none of the declared streams exists, it waits until it sees all declared members:
//     a stream that is created early is placed on few of them.
//   - A stream never gets fewer replicas than declared, and more than members are refused.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bootstrap/plan.hpp"
#include "config/cluster.hpp"
#include "health/finding.hpp"
#include "nats/cluster_facts.hpp"
#include "nats/plan.hpp"

namespace arc::nats {

// Refuses the steps that this member may not do, or not yet. With `options.force` only the number
// of replicas counts.
void keep_to_cluster(std::vector<Step>& steps, const ClusterView& cluster,
                     const ClusterConfig& declared, const BootstrapOptions& options);

// Declared members that are not seen as members of this cluster, each with the reason: "nats-2:8222
// refused the connection". Empty: all are seen.
[[nodiscard]] std::vector<std::string> unseen_members(const ClusterView& cluster);

// nats.member.missing or .ok. nullopt: this server itself does not tell, which is another finding.
[[nodiscard]] std::optional<Finding> member_finding(const ClusterView& cluster);

}  // namespace arc::nats
