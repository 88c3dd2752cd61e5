#include "pulsar/compare.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pulsar/names.hpp"

namespace arc::pulsar {
namespace {

// The fields that count: "clusters standalone, admin roles ops".
template <class Spec>
std::string described(std::span<const ObjectField<Spec>> fields, const Spec& spec) {
    std::string text;
    for (const ObjectField<Spec>& field : fields) {
        if (field.compared) {
            text += fmt::format("{}{}", text.empty() ? "" : ", ", text_of(field, spec));
        }
    }
    return text;
}

// A declared object against the one that the broker has; nullptr: it has none.
template <class Spec>
Comparison compared(std::string_view kind, std::span<const ObjectField<Spec>> fields,
                    const Spec& wanted, const Spec* actual) {
    Comparison result{
        kind, wanted.name, Standing::absent, {}, described(fields, wanted), wanted.declared_at};
    if (actual != nullptr) {
        const bool differ = std::ranges::any_of(
            fields, [&](const auto& field) { return differs(field, *actual, wanted); });
        result.standing = differ ? Standing::differs : Standing::same;
        result.measured = described(fields, *actual);
    }
    return result;
}

Comparison invalid(std::string_view kind, const std::string& name, std::string problem,
                   const std::string& declared_at) {
    return {kind, name, Standing::invalid, {}, std::move(problem), declared_at};
}

Comparison unknown(std::string_view kind, const std::string& name, const Denied& refusal,
                   const std::string& declared_at) {
    return {kind, name, Standing::unknown, refusal.text, {}, declared_at};
}

}  // namespace

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
    return compared("tenant", tenant_fields(), spec,
                    find_known<TenantSpec>(objects.tenants, spec.name));
}

Comparison compare(const NamespaceSpec& spec, const Objects& objects) {
    if (auto problem = namespace_problem(spec.name)) {
        return invalid("namespace", spec.name, std::move(*problem), spec.declared_at);
    }
    if (const auto* refusal = find_known<Denied>(objects.namespaces, tenant_of(spec.name))) {
        return unknown("namespace", spec.name, *refusal, spec.declared_at);
    }
    const bool there = has_namespace(objects, spec.name);
    return compared("namespace", namespace_fields(), spec, there ? &spec : nullptr);
}

Comparison compare(const TopicSpec& spec, const Objects& objects) {
    if (auto problem = topic_problem(spec.name, spec.partitions > 0)) {
        return invalid("topic", spec.name, std::move(*problem), spec.declared_at);
    }
    if (const auto* refusal = find_known<Denied>(objects.topics, spec.name)) {
        return unknown("topic", spec.name, *refusal, spec.declared_at);
    }
    const auto* partitions = find_known<std::int64_t>(objects.topics, spec.name);
    TopicSpec actual = spec;
    actual.partitions = partitions != nullptr ? *partitions : 0;
    return compared("topic", topic_fields(), spec, partitions != nullptr ? &actual : nullptr);
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
