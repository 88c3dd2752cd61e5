#include "pulsar/compare.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pulsar/names.hpp"

namespace arc::pulsar {
namespace {

// The compared fields: "clusters standalone, admin roles ops".
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

// Compares a declared object with `actual`, the one that the broker has; nullptr: it has none.
// `answer` is the broker's answer about it.
template <class Spec, class T>
Comparison compared(std::string_view kind, std::span<const ObjectField<Spec>> fields,
                    const Spec& wanted, std::optional<std::string> problem, const Known<T>* answer,
                    const Spec* actual) {
    Comparison result{kind, wanted.name, Standing::absent, {}, {}, wanted.declared_at};
    if (problem) {
        result.standing = Standing::invalid;
        result.wanted = std::move(*problem);
        return result;
    }
    if (const Denied* denied = std::get_if<Denied>(answer)) {
        result.standing = Standing::unknown;
        result.measured = denied->text;
        return result;
    }
    result.wanted = described(fields, wanted);
    if (actual != nullptr) {
        const bool differ = std::ranges::any_of(
            fields, [&](const auto& field) { return differs(field, *actual, wanted); });
        result.standing = differ ? Standing::differs : Standing::same;
        result.measured = described(fields, *actual);
    }
    return result;
}

template <class T>
const Known<T>* find_answer(const KnownByName<T>& objects, std::string_view name) {
    const auto found = objects.find(name);
    return found == objects.end() ? nullptr : &found->second;
}

}  // namespace

bool has_namespace(const Objects& objects, std::string_view name) {
    const Names* names = find_known<Names>(objects.namespaces, tenant_of(name));
    return names != nullptr && std::ranges::contains(*names, name);
}

Comparison compare(const TenantSpec& spec, const Objects& objects) {
    return compared("tenant", tenant_fields(), spec, tenant_problem(spec.name),
                    find_answer(objects.tenants, spec.name),
                    find_known<TenantSpec>(objects.tenants, spec.name));
}

Comparison compare(const NamespaceSpec& spec, const Objects& objects) {
    return compared("namespace", namespace_fields(), spec, namespace_problem(spec.name),
                    find_answer(objects.namespaces, tenant_of(spec.name)),
                    has_namespace(objects, spec.name) ? &spec : nullptr);
}

Comparison compare(const TopicSpec& spec, const Objects& objects) {
    const auto* partitions = find_known<std::int64_t>(objects.topics, spec.name);
    TopicSpec actual = spec;
    actual.partitions = partitions != nullptr ? *partitions : 0;
    return compared("topic", topic_fields(), spec, topic_problem(spec.name, spec.partitions > 0),
                    find_answer(objects.topics, spec.name),
                    partitions != nullptr ? &actual : nullptr);
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
