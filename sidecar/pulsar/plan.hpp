// The plan of bootstrap: compares the declared objects with the existing ones. Pure.
//
// Bootstrap never deletes, reduces or changes an object. More partitions move keys to other
// partitions, which breaks their order, and the number can never be reduced again. The plan refuses
// this and names the command that does it.
#pragma once

#include <variant>
#include <vector>

#include "bootstrap/plan.hpp"
#include "pulsar/compare.hpp"
#include "pulsar/config.hpp"
#include "pulsar/facts.hpp"

namespace arc::pulsar {

// An action and its object. The pointers point into the configuration of the plan.
struct Step {
    Action action;
    std::variant<const TenantSpec*, const NamespaceSpec*, const TopicSpec*> target;
};

// Tenants, then namespaces, then topics, each in the order declared: the order of execution.
// `clusters` are the registered ones; nullptr: not known.
[[nodiscard]] std::vector<Step> plan(const PulsarConfig& config, const Names* clusters,
                                     const Objects& objects);

// The action for a comparison, without a check of its parents and clusters.
[[nodiscard]] Action action_for(const Comparison& object);

}  // namespace arc::pulsar
