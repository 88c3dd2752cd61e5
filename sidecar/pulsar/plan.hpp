// What bootstrap would do: the declared objects against those that are there. Pure.
//
// Nothing is ever deleted, reduced or changed. More partitions would be possible, but never fewer
// again, and keys move to other partitions, which breaks their order: that is a person's decision,
// so it is refused with the command that does it.
#pragma once

#include <variant>
#include <vector>

#include "bootstrap/plan.hpp"
#include "pulsar/compare.hpp"
#include "pulsar/config.hpp"
#include "pulsar/facts.hpp"

namespace arc::pulsar {

// An action and what it is about. The pointers are into the configuration that the plan was made
// from.
struct Step {
    Action action;
    std::variant<const TenantSpec*, const NamespaceSpec*, const TopicSpec*> target;
};

// Tenants, then namespaces, then topics, in the order declared, which is the order to carry them
// out in. `clusters` are the registered ones; nullptr when the broker does not tell.
[[nodiscard]] std::vector<Step> plan(const PulsarConfig& config, const Names* clusters,
                                     const Objects& objects);

// The action that a comparison asks for, parents and clusters aside.
[[nodiscard]] Action action_for(const Comparison& object);

}  // namespace arc::pulsar
