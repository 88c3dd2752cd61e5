#include "pulsar/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pulsar/names.hpp"

namespace arc::pulsar {
namespace {

// A cluster name that every broker accepts although it is not registered.
constexpr std::string_view kGlobal = "global";

std::string drift_detail(const Comparison& object) {
    const std::string difference = fmt::format("{}, declared {}", object.measured, object.wanted);
    if (object.kind == "topic") {
        return fmt::format(
            "{}: left as it is, because the number of partitions cannot be reduced and growing it "
            "moves keys to other partitions "
            "(if that is right: pulsar-admin topics update-partitioned-topic)",
            difference);
    }
    return fmt::format("{}: left as it is (pulsar-admin tenants update changes it)", difference);
}

template <class Spec>
bool declares(const std::vector<Spec>& specs, std::string_view name) {
    return std::ranges::contains(specs, name, &Spec::name);
}

void refuse(Step& step, std::string why) {
    step.action.kind = ActionKind::refuse;
    step.action.detail = std::move(why);
}

// The broker answers 412 until the cluster is registered.
void require_clusters(const Names* clusters, const TenantSpec& spec, Step& step) {
    if (spec.allowed_clusters.empty()) {
        refuse(step, "allowed_clusters is empty: a tenant needs one");
    }
    for (const std::string& cluster : spec.allowed_clusters) {
        if (clusters != nullptr && cluster != kGlobal &&
            !std::ranges::contains(*clusters, cluster)) {
            refuse(step, fmt::format("its cluster {} is not registered (there are: {})", cluster,
                                     fmt::join(*clusters, ", ")));
        }
    }
}

void require_tenant(const PulsarConfig& config, const Objects& objects, const NamespaceSpec& spec,
                    Step& step) {
    const std::string_view tenant = tenant_of(spec.name);
    const bool there = find_known<Names>(objects.namespaces, tenant) != nullptr ||
                       find_known<Denied>(objects.namespaces, tenant) != nullptr;
    if (!there && !declares(config.tenants, tenant)) {
        refuse(step, fmt::format("its tenant {} is neither there nor declared", tenant));
    }
}

void require_namespace(const PulsarConfig& config, const Objects& objects, const TopicSpec& spec,
                       Step& step) {
    const std::string_view name = namespace_of(spec.name);
    const bool there = has_namespace(objects, name) ||
                       find_known<Denied>(objects.namespaces, tenant_of(name)) != nullptr;
    if (!there && !declares(config.namespaces, name)) {
        refuse(step, fmt::format("its namespace {} is neither there nor declared", name));
    }
}

}  // namespace

Action action_for(const Comparison& object) {
    Action action{.kind = ActionKind::refuse,
                  .object = fmt::format("{} {}", object.kind, object.name),
                  .detail = object.wanted,
                  .done = false};
    switch (object.standing) {
        case Standing::same:
            action.kind = ActionKind::same;
            break;
        case Standing::absent:
            action.kind = ActionKind::create;
            break;
        case Standing::differs:
            action.detail = drift_detail(object);
            break;
        case Standing::unknown:
            action.detail = "not verifiable: the token is not a superuser's: " + object.measured;
            break;
        case Standing::invalid:
            action.detail = fmt::format("declared at {}: {}", object.declared_at, object.wanted);
            break;
    }
    return action;
}

std::vector<Step> plan(const PulsarConfig& config, const Names* clusters, const Objects& objects) {
    std::vector<Step> steps;
    const auto add = [&](const auto& specs, const auto& require) {
        for (const auto& spec : specs) {
            Step& step = steps.emplace_back(action_for(compare(spec, objects)), &spec);
            if (step.action.kind == ActionKind::create) {
                require(spec, step);
            }
        }
    };
    add(config.tenants,
        [&](const auto& spec, Step& step) { require_clusters(clusters, spec, step); });
    add(config.namespaces,
        [&](const auto& spec, Step& step) { require_tenant(config, objects, spec, step); });
    add(config.topics,
        [&](const auto& spec, Step& step) { require_namespace(config, objects, spec, step); });
    return steps;
}

}  // namespace arc::pulsar
