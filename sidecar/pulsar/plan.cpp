#include "pulsar/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/variant.hpp"
#include "pulsar/names.hpp"

namespace arc::pulsar {
namespace {

// A cluster name that every broker accepts although it is not registered.
constexpr std::string_view kGlobal = "global";

// An argument of a command for a shell.
std::string shell_word(std::string_view text) {
    constexpr std::string_view kPlain = "_-=:.,/";
    if (!text.empty() && std::ranges::all_of(text, [&](unsigned char c) {
            return std::isalnum(c) != 0 || kPlain.contains(static_cast<char>(c));
        })) {
        return std::string(text);
    }
    std::string word = "'";
    for (const char c : text) {
        word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return word + "'";
}

// The remedy for a difference. The broker can only add partitions to a topic that has some.
std::string remedy(const TenantSpec& spec, const Objects& /*objects*/) {
    std::string command = "pulsar-admin tenants update " + spec.name;
    const auto add = [&command](std::string_view flag, const TextList& names) {
        command +=
            fmt::format(" {} {}", flag, shell_word(fmt::format("{}", fmt::join(names, ","))));
    };
    add("--allowed-clusters", spec.allowed_clusters);
    add("--admin-roles", spec.admin_roles);
    return fmt::format("If the declaration is right, run `{}`", command);
}

std::string remedy(const NamespaceSpec& /*spec*/, const Objects& /*objects*/) {
    return {};
}

std::string remedy(const TopicSpec& spec, const Objects& objects) {
    const std::int64_t partitions = find_known<TopicFacts>(objects.topics, spec.name)->partitions;
    if (partitions == 0 || partitions > spec.partitions) {
        return fmt::format("{}. Declare partitions = {}, or delete the topic with its messages",
                           partitions == 0 ? "A topic without partitions never gets any"
                                           : "Partitions cannot be removed",
                           partitions);
    }
    return fmt::format(
        "More partitions move keys and cannot be removed again. If the declaration is right, run "
        "`pulsar-admin topics update-partitioned-topic {} --partitions {}`",
        shell_word("persistent://" + spec.name), spec.partitions);
}

// How to replace an object that clients cannot use.
std::string replacement(const TopicSpec& spec, const Objects& objects) {
    const auto* topic = find_known<TopicFacts>(objects.topics, spec.name);
    return topic == nullptr
               ? "See its namespace"
               : fmt::format(
                     "Consume its messages, then delete it with `pulsar-admin topics {} "
                     "--force {}` and run this again",
                     topic->partitions > 0 ? "delete-partitioned-topic" : "delete",
                     shell_word("persistent://" + spec.name));
}

std::string replacement(const NamespaceSpec& spec, const Objects& objects) {
    return find_known<NamespaceState>(objects.states, spec.name)->deleted
               ? "Wait until it is deleted, then run this again"
               : fmt::format(
                     "Add the cluster with `pulsar-admin namespaces set-clusters {} "
                     "--clusters …`",
                     spec.name);
}

std::string replacement(const TenantSpec& /*spec*/, const Objects& /*objects*/) {
    return {};
}

std::string drift_text(const Differs& differs) {
    std::string text;
    for (const Difference& field : differs.fields) {
        text += fmt::format("{}{} is {}, declared {}", text.empty() ? "" : "; ", field.field,
                            field.measured, field.wanted);
    }
    return text;
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
        refuse(step, "allowed_clusters is empty, and a tenant needs one");
    }
    for (const std::string& cluster : spec.allowed_clusters) {
        if (clusters != nullptr && cluster != kGlobal &&
            !std::ranges::contains(*clusters, cluster)) {
            refuse(step, fmt::format("its cluster {} is not registered (registered: {})", cluster,
                                     fmt::join(*clusters, ", ")));
        }
    }
}

void require_tenant(const PulsarConfig& config, const Objects& objects, const NamespaceSpec& spec,
                    Step& step) {
    const std::string_view tenant = tenant_of(spec.name);
    const bool exists = find_known<Names>(objects.namespaces, tenant) != nullptr ||
                        find_known<Denied>(objects.namespaces, tenant) != nullptr;
    if (!exists && !declares(config.tenants, tenant)) {
        refuse(step, fmt::format("its tenant {} neither exists nor is declared", tenant));
    }
}

void require_namespace(const PulsarConfig& config, const Objects& objects, const TopicSpec& spec,
                       Step& step) {
    const std::string_view name = namespace_of(spec.name);
    const bool exists = has_namespace(objects, name) ||
                        find_known<Denied>(objects.namespaces, tenant_of(name)) != nullptr;
    if (!exists && !declares(config.namespaces, name)) {
        refuse(step, fmt::format("its namespace {} neither exists nor is declared", name));
    }
}

}  // namespace

Action action_for(const Comparison& object) {
    Action action{.kind = ActionKind::refuse,
                  .object = fmt::format("{} {}", object.kind, object.name),
                  .detail = object.described,
                  .done = false};
    std::visit(Match{[&](const Same&) { action.kind = ActionKind::same; },
                     [&](const NotFound&) { action.kind = ActionKind::create; },
                     [&](const Differs& differs) { action.detail = drift_text(differs); },
                     [&](const Unusable& unusable) { action.detail = "it " + unusable.why; },
                     [&](const Denied& denied) {
                         action.detail = "the token does not permit to read it: " + denied.text;
                     }},
               object.standing);
    return action;
}

std::vector<Step> plan(const PulsarConfig& config, const Names* clusters, const Objects& objects) {
    std::vector<Step> steps;
    const auto add = [&](const auto& specs, const auto& require) {
        for (const auto& spec : specs) {
            const Comparison object = compare(spec, config, objects);
            Step& step = steps.emplace_back(action_for(object), &spec);
            if (step.action.kind == ActionKind::create) {
                require(spec, step);
            }
            if (holds<Differs>(object.standing)) {
                step.action.detail += ". " + remedy(spec, objects);
            } else if (holds<Unusable>(object.standing)) {
                step.action.detail += ". " + replacement(spec, objects);
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
