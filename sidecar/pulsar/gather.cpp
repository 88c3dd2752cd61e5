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

// Adds the answer about one object. A token may have permission for some objects only: the admin of
// a tenant, or a client of one namespace.
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

// Requests the namespaces of a tenant once; not at all if the tenant is absent.
Result<void> add_namespaces(std::string_view tenant, AdminClient& admin, Deadline deadline,
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

Result<void> add_topic(const std::string& name, AdminClient& admin, Deadline deadline,
                       Objects& objects) {
    const bool possible = find_known<Denied>(objects.namespaces, tenant_of(name)) != nullptr ||
                          has_namespace(objects, namespace_of(name));
    return add(objects.topics, name, possible ? admin.partitions(name, deadline) : std::nullopt);
}

// Calls `ask` with the name of each object, until the first error.
template <class Spec, class Ask>
Result<void> for_each_name(const std::vector<Spec>& specs, Ask ask) {
    for (const Spec& spec : specs) {
        if (Result<void> asked = ask(spec.name); !asked) {
            return asked;
        }
    }
    return {};
}

// The topic whose lookup costs the broker least: a declared topic that exists, because its clients
// need its bundle loaded. Without one, a name in public/default; the lookup does not create it.
std::string topic_to_look_up(const PulsarConfig& config, const Objects& objects) {
    for (const TopicSpec& spec : config.topics) {
        if (const auto* partitions = find_known<std::int64_t>(objects.topics, spec.name)) {
            return *partitions > 0 ? spec.name + "-partition-0" : spec.name;
        }
    }
    return "public/default/arc-sidecar";
}

// Whether the agent still creates objects. Such a broker gets no deep health request, to save its
// CPU time.
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

// The declared volume, if the agent may end an unhealthy server. The broker does not report the
// directory of its data. Preflight refuses to start a server whose data is not on the volume.
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
    const auto add_tenant = [&](const std::string& name) {
        return add(objects.tenants, name, admin.tenant(name, deadline));
    };
    const auto add_parent = [&](const std::string& name) {
        return add_namespaces(tenant_of(name), admin, deadline, objects);
    };
    const auto add_partitions = [&](const std::string& name) {
        return add_topic(name, admin, deadline, objects);
    };
    return for_each_name(config.tenants, add_tenant)
        .and_then([&] { return for_each_name(config.namespaces, add_parent); })
        .and_then([&] { return for_each_name(config.topics, add_parent); })
        .and_then([&] { return for_each_name(config.topics, add_partitions); })
        .transform([&] { return std::move(objects); });
}

}  // namespace arc::pulsar
