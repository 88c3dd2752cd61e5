#include "pulsar/compare.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pulsar/names.hpp"

namespace arc::pulsar {
namespace {

std::string list_text(const Names& names) {
    return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ","));
}

Comparison invalid(std::string_view kind, const std::string& name, std::string problem,
                   const std::string& declared_at) {
    return {kind, name, Standing::invalid, {}, std::move(problem), declared_at};
}

Comparison unknown(std::string_view kind, const std::string& name, const Denied& refusal,
                   const std::string& declared_at) {
    return {kind, name, Standing::unknown, refusal.text, {}, declared_at};
}

Standing standing(bool there, bool equal) {
    if (!there) {
        return Standing::absent;
    }
    return equal ? Standing::same : Standing::differs;
}

}  // namespace

std::string tenant_text(const Names& clusters, const Names& roles) {
    return fmt::format("clusters {}, admin roles {}", list_text(clusters), list_text(roles));
}

std::string partitions_text(std::int64_t partitions) {
    return partitions == 0 ? "not partitioned"
                           : fmt::format("{} partition{}", partitions, partitions == 1 ? "" : "s");
}

bool has_namespace(const Objects& objects, std::string_view name) {
    const Names* names = find_known<Names>(objects.namespaces, tenant_of(name));
    return names != nullptr && std::ranges::contains(*names, name);
}

Comparison compare(const TenantSpec& spec, const Objects& objects) {
    if (auto problem = tenant_problem(spec.name)) {
        return invalid("tenant", spec.name, std::move(*problem), spec.declared_at);
    }
    if (const auto* refusal = find_known<Denied>(objects.tenants, spec.name)) {
        return unknown("tenant", spec.name, *refusal, spec.declared_at);
    }
    const Names clusters = as_set(spec.allowed_clusters);
    const Names roles = as_set(spec.admin_roles);
    Comparison result{
        "tenant", spec.name, Standing::absent, {}, tenant_text(clusters, roles), spec.declared_at};
    if (const auto* found = find_known<TenantInfo>(objects.tenants, spec.name)) {
        result.standing =
            standing(true, found->allowed_clusters == clusters && found->admin_roles == roles);
        result.measured = tenant_text(found->allowed_clusters, found->admin_roles);
    }
    return result;
}

Comparison compare(const NamespaceSpec& spec, const Objects& objects) {
    if (auto problem = namespace_problem(spec.name)) {
        return invalid("namespace", spec.name, std::move(*problem), spec.declared_at);
    }
    if (const auto* refusal = find_known<Denied>(objects.namespaces, tenant_of(spec.name))) {
        return unknown("namespace", spec.name, *refusal, spec.declared_at);
    }
    return {"namespace", spec.name, standing(has_namespace(objects, spec.name), true),
            {},          {},        spec.declared_at};
}

Comparison compare(const TopicSpec& spec, const Objects& objects) {
    if (auto problem = topic_problem(spec.name, spec.partitions > 0)) {
        return invalid("topic", spec.name, std::move(*problem), spec.declared_at);
    }
    if (const auto* refusal = find_known<Denied>(objects.topics, spec.name)) {
        return unknown("topic", spec.name, *refusal, spec.declared_at);
    }
    const auto* found = find_known<std::int64_t>(objects.topics, spec.name);
    const std::string measured = found != nullptr ? partitions_text(*found) : std::string{};
    const bool equal = found != nullptr && *found == spec.partitions;
    return {"topic",
            spec.name,
            standing(found != nullptr, equal),
            measured,
            partitions_text(spec.partitions),
            spec.declared_at};
}

std::vector<Comparison> compare_all(const PulsarConfig& config, const Objects& objects) {
    std::vector<Comparison> all;
    const auto add = [&](const auto& specs) {
        for (const auto& spec : specs) {
            all.push_back(compare(spec, objects));
        }
    };
    add(config.tenants);
    add(config.namespaces);
    add(config.topics);
    return all;
}

}  // namespace arc::pulsar
