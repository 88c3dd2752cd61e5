#include "pulsar/gather.hpp"

#include <algorithm>
#include <variant>

#include "base/variant.hpp"
#include "pulsar/compare.hpp"
#include "pulsar/deep.hpp"
#include "pulsar/names.hpp"
#include "pulsar/stages.hpp"

namespace arc::pulsar {
namespace {

// A role may be allowed one object and not another: an admin of its tenants alone, or a client of
// one namespace.
template <class T>
Result<void> add(KnownByName<T>& objects, std::string_view name, Result<std::optional<T>> answer) {
    if (answer) {
        objects.emplace(name, known(std::move(*answer)));
        return {};
    }
    if (is_denied(answer.error())) {
        objects.emplace(name, Denied{answer.error().text});
        return {};
    }
    return std::unexpected(std::move(answer.error()));
}

Result<void> gather_tenants(const PulsarConfig& config, AdminClient& admin, Deadline deadline,
                            Objects& objects) {
    for (const TenantSpec& spec : config.tenants) {
        if (auto added = add(objects.tenants, spec.name, admin.tenant(spec.name, deadline));
            !added) {
            return added;
        }
    }
    return {};
}

// The namespaces of one tenant, once; none without asking when the tenant is known to be absent.
Result<void> gather_namespaces_of(std::string_view tenant, AdminClient& admin, Deadline deadline,
                                  Objects& objects) {
    if (objects.namespaces.contains(tenant)) {
        return {};
    }
    if (find_known<NotFound>(objects.tenants, tenant) != nullptr) {
        objects.namespaces.emplace(tenant, NotFound{});
        return {};
    }
    return add(objects.namespaces, tenant, admin.namespaces(tenant, deadline));
}

Result<void> gather_namespaces(const PulsarConfig& config, AdminClient& admin, Deadline deadline,
                               Objects& objects) {
    for (const NamespaceSpec& spec : config.namespaces) {
        if (auto asked = gather_namespaces_of(tenant_of(spec.name), admin, deadline, objects);
            !asked) {
            return asked;
        }
    }
    for (const TopicSpec& spec : config.topics) {
        if (auto asked = gather_namespaces_of(tenant_of(spec.name), admin, deadline, objects);
            !asked) {
            return asked;
        }
    }
    return {};
}

Result<void> gather_topics(const PulsarConfig& config, AdminClient& admin, Deadline deadline,
                           Objects& objects) {
    for (const TopicSpec& spec : config.topics) {
        const bool hidden = find_known<Denied>(objects.namespaces, tenant_of(spec.name)) != nullptr;
        const bool possible = hidden || has_namespace(objects, namespace_of(spec.name));
        if (auto added = add(objects.topics, spec.name,
                             possible ? admin.partitions(spec.name, deadline) : std::nullopt);
            !added) {
            return added;
        }
    }
    return {};
}

// Where a lookup costs the broker least: a topic that is there, whose bundle its clients need
// loaded anyway; without one, a name in public/default, which is not created by it.
std::string topic_to_look_up(const PulsarConfig& config, const Objects& objects) {
    for (const TopicSpec& spec : config.topics) {
        if (const auto* partitions = find_known<std::int64_t>(objects.topics, spec.name)) {
            return *partitions > 0 ? spec.name + "-partition-0" : spec.name;
        }
    }
    return "public/default/arc-sidecar";
}

// A broker on its way up whose objects are still being made is not asked for deep health: it has
// enough to do.
bool is_busy_starting(const Facts& facts) {
    const auto* objects = std::get_if<Objects>(&facts.objects);
    const auto lacks = [](const auto& known) {
        return std::ranges::any_of(known, holds<NotFound>,
                                   [](const auto& entry) -> const auto& { return entry.second; });
    };
    return facts.agent == Phase::pending && objects != nullptr &&
           (lacks(objects->tenants) || lacks(objects->namespaces) || lacks(objects->topics));
}

std::optional<Phase> agent_phase(const Config& config) {
    const auto state = read_agent_state(*config.state_dir, "pulsar");
    return state ? std::optional{state->phase} : std::nullopt;
}

// The broker does not say where its data is: it is where it was declared, or the start would have
// been refused. Only where the server is to be ended when it stays unhealthy.
std::optional<VolumeFacts> declared_volume(const Config& config) {
    const std::string& volume = *config_of(config).data_dir;
    return !*config.end_unhealthy_after || volume.empty()
               ? std::nullopt
               : std::optional{look_at_volume(volume, volume)};
}

}  // namespace

Facts gather(const Config& config, Deadline deadline) {
    const PulsarConfig& pulsar = config_of(config);
    AdminClient admin{pulsar};
    Facts facts = gather_stages(pulsar, admin, deadline);
    facts.agent = agent_phase(config);
    facts.volume = declared_volume(config);
    if (first_obstacle(facts, pulsar)) {
        return facts;
    }
    facts.version = admin.version(deadline);
    facts.objects = asked(gather_objects(pulsar, admin, deadline));
    const auto* objects = std::get_if<Objects>(&facts.objects);
    if (!pulsar.advertised->empty() && objects != nullptr) {
        facts.broker_url =
            asked_or<OtherBroker>(admin.lookup(topic_to_look_up(pulsar, *objects), deadline));
    }
    if (!is_busy_starting(facts)) {
        facts.deep = deep_health(config, admin, deadline);
    }
    return facts;
}

Facts gather_stages(const PulsarConfig& config, AdminClient& admin, Deadline deadline) {
    Facts facts;
    const auto passed = [&] { return !first_obstacle(facts, config); };
    facts.binary_port = asked(try_binary_port(config, deadline));
    if (passed()) {
        facts.ready = asked(admin.ready(deadline));
    }
    if (passed()) {
        facts.clusters = asked(admin.clusters(deadline));
    }
    if (passed()) {
        facts.public_namespaces = asked_or<NotFound>(admin.namespaces("public", deadline));
    }
    return facts;
}

Result<Objects> gather_objects(const PulsarConfig& config, AdminClient& admin, Deadline deadline) {
    Objects objects;
    return gather_tenants(config, admin, deadline, objects)
        .and_then([&] { return gather_namespaces(config, admin, deadline, objects); })
        .and_then([&] { return gather_topics(config, admin, deadline, objects); })
        .transform([&] { return std::move(objects); });
}

}  // namespace arc::pulsar
