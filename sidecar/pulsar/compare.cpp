#include "pulsar/compare.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pulsar/names.hpp"

namespace arc::pulsar {
namespace {

// The compared fields: "allowed_clusters standalone, admin_roles ops".
template <class Spec>
std::string described(std::span<const ObjectField<Spec>> fields, const Spec& spec) {
    std::string text;
    for (const ObjectField<Spec>& field : fields) {
        if (field.compared) {
            text +=
                fmt::format("{}{} {}", text.empty() ? "" : ", ", field.name, text_of(field, spec));
        }
    }
    return text;
}

template <class Spec>
std::vector<Difference> differences(std::span<const ObjectField<Spec>> fields, const Spec& actual,
                                    const Spec& wanted) {
    std::vector<Difference> found;
    for (const ObjectField<Spec>& field : fields) {
        if (differs(field, actual, wanted)) {
            found.emplace_back(field.name, text_of(field, actual), text_of(field, wanted));
        }
    }
    return found;
}

// `answer` is the broker's answer about the object; nullptr: none. `actual` is the broker's object;
// nullptr: it has none.
template <class Spec, class T>
Comparison compared(std::string_view kind, std::span<const ObjectField<Spec>> fields,
                    const Spec& wanted, const Known<T>* answer, const Spec* actual) {
    Comparison result{kind, wanted.name, described(fields, wanted), NotFound{}};
    if (const Denied* denied = std::get_if<Denied>(answer)) {
        result.standing = *denied;
    } else if (actual != nullptr) {
        auto found = differences(fields, *actual, wanted);
        if (found.empty()) {
            result.standing = Same{};
        } else {
            result.standing = Differs{std::move(found)};
        }
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
    return compared("tenant", tenant_fields(), spec, find_answer(objects.tenants, spec.name),
                    find_known<TenantSpec>(objects.tenants, spec.name));
}

Comparison compare(const NamespaceSpec& spec, const Objects& objects) {
    return compared("namespace", namespace_fields(), spec,
                    find_answer(objects.namespaces, tenant_of(spec.name)),
                    has_namespace(objects, spec.name) ? &spec : nullptr);
}

Comparison compare(const TopicSpec& spec, const Objects& objects) {
    const auto* partitions = find_known<std::int64_t>(objects.topics, spec.name);
    TopicSpec actual = spec;
    actual.partitions = partitions != nullptr ? *partitions : 0;
    return compared("topic", topic_fields(), spec, find_answer(objects.topics, spec.name),
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
