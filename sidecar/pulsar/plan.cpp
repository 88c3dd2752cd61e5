#include "pulsar/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pulsar/names.hpp"

namespace arc::pulsar {
namespace {

// A cluster name that every broker takes although it is not registered.
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
    return std::ranges::find(specs, name, &Spec::name) != specs.end();
}

void refuse(Step& step, std::string why) {
    step.action.kind = ActionKind::refuse;
    step.action.detail = std::move(why);
}

// The broker would answer 412 until somebody registers the cluster.
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

void require_tenant(const PulsarConfig& config, const Objects& objects, std::string_view tenant,
                    Step& step) {
    const bool there = find_known<Names>(objects.namespaces, tenant) != nullptr ||
                       find_known<Denied>(objects.namespaces, tenant) != nullptr;
    if (!there && !declares(config.tenants, tenant)) {
        refuse(step, fmt::format("its tenant {} is neither there nor declared", tenant));
    }
}

void require_namespace(const PulsarConfig& config, const Objects& objects, std::string_view name,
                       Step& step) {
    const bool there = has_namespace(objects, name) ||
                       find_known<Denied>(objects.namespaces, tenant_of(name)) != nullptr;
    if (!there && !declares(config.namespaces, name)) {
        refuse(step, fmt::format("its namespace {} is neither there nor declared", name));
    }
}

}  // namespace

Action action_for(const Comparison& object) {
    Action action{.kind = ActionKind::same,
                  .object = fmt::format("{} {}", object.kind, object.name),
                  .detail = object.wanted,
                  .done = false};
    switch (object.standing) {
        case Standing::same:
            break;
        case Standing::absent:
            action.kind = ActionKind::create;
            break;
        case Standing::differs:
            action.kind = ActionKind::refuse;
            action.detail = drift_detail(object);
            break;
        case Standing::unknown:
            action.kind = ActionKind::refuse;
            action.detail = "not verifiable: the token is not a superuser's: " + object.measured;
            break;
        case Standing::invalid:
            action.kind = ActionKind::refuse;
            action.detail = fmt::format("declared at {}: {}", object.declared_at, object.wanted);
            break;
    }
    return action;
}

std::vector<Step> plan(const PulsarConfig& config, const Names* clusters, const Objects& objects) {
    std::vector<Step> steps;
    for (const TenantSpec& spec : config.tenants) {
        Step& step = steps.emplace_back(action_for(compare(spec, objects)), &spec);
        if (step.action.kind == ActionKind::create) {
            require_clusters(clusters, spec, step);
        }
    }
    for (const NamespaceSpec& spec : config.namespaces) {
        Step& step = steps.emplace_back(action_for(compare(spec, objects)), &spec);
        if (step.action.kind == ActionKind::create) {
            require_tenant(config, objects, tenant_of(spec.name), step);
        }
    }
    for (const TopicSpec& spec : config.topics) {
        Step& step = steps.emplace_back(action_for(compare(spec, objects)), &spec);
        if (step.action.kind == ActionKind::create) {
            require_namespace(config, objects, namespace_of(spec.name), step);
        }
    }
    return steps;
}

}  // namespace arc::pulsar
