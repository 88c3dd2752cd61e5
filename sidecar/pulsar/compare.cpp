#include "pulsar/compare.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

// "is terminated", "is terminated (partition 1)"
std::string terminated_text(const Names& partitions) {
    std::vector<std::string_view> numbers;
    for (const std::string_view name : partitions) {
        if (!name.empty()) {
            numbers.push_back(name.substr(name.rfind('-') + 1));
        }
    }
    return numbers.empty() ? "is terminated"
                           : fmt::format("is terminated (partition{} {})",
                                         numbers.size() == 1 ? "" : "s", fmt::join(numbers, ", "));
}

}  // namespace

bool has_namespace(const Objects& objects, std::string_view name) {
    const Names* names = find_known<Names>(objects.namespaces, tenant_of(name));
    return names != nullptr && std::ranges::contains(*names, name);
}

std::optional<std::string> why_unusable(const Objects& objects, std::string_view name,
                                        const std::string& cluster) {
    const auto* state = find_known<NamespaceState>(objects.states, name);
    if (state == nullptr) {
        return std::nullopt;
    }
    if (state->deleted) {
        return "is being deleted";
    }
    return std::ranges::contains(state->clusters, cluster)
               ? std::nullopt
               : std::optional{fmt::format("is served by the cluster {}, not by {}",
                                           fmt::join(state->clusters, ", "), cluster)};
}

Comparison compare(const TenantSpec& spec, const PulsarConfig& /*config*/, const Objects& objects) {
    return compared("tenant", tenant_fields(), spec, find_answer(objects.tenants, spec.name),
                    find_known<TenantSpec>(objects.tenants, spec.name));
}

Comparison compare(const NamespaceSpec& spec, const PulsarConfig& config, const Objects& objects) {
    Comparison result = compared("namespace", namespace_fields(), spec,
                                 find_answer(objects.namespaces, tenant_of(spec.name)),
                                 has_namespace(objects, spec.name) ? &spec : nullptr);
    if (auto why = why_unusable(objects, spec.name, *config.cluster)) {
        result.standing = Unusable{std::move(*why)};
    }
    return result;
}

Comparison compare(const TopicSpec& spec, const PulsarConfig& config, const Objects& objects) {
    const auto* topic = find_known<TopicFacts>(objects.topics, spec.name);
    TopicSpec actual = spec;
    actual.partitions = topic != nullptr ? topic->partitions : 0;
    Comparison result =
        compared("topic", topic_fields(), spec, find_answer(objects.topics, spec.name),
                 topic != nullptr ? &actual : nullptr);
    const std::string_view space = namespace_of(spec.name);
    const auto* terminated = topic == nullptr ? nullptr : std::get_if<Names>(&topic->terminated);
    if (auto why = why_unusable(objects, space, *config.cluster)) {
        result.standing = Unusable{"is in a namespace that " + *why};
    } else if (terminated != nullptr && !terminated->empty()) {
        result.standing = Unusable{terminated_text(*terminated)};
    }
    return result;
}

std::vector<Comparison> compare_all(const PulsarConfig& config, const Objects& objects) {
    std::vector<Comparison> all;
    const auto add = [&](const auto& specs) {
        for (const auto& spec : specs) {
            all.push_back(compare(spec, config, objects));
        }
    };
    add(config.tenants);
    add(config.namespaces);
    add(config.topics);
    return all;
}

}  // namespace arc::pulsar
