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

// A topic that is loaded answers in milliseconds, also on a slow machine in less time than this.
constexpr std::chrono::milliseconds kLeastTime{250};

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

// Requests the state of a namespace once; not if it does not exist.
Result<void> add_state(std::string_view name, AdminClient& admin, Deadline deadline,
                       Objects& objects) {
    return objects.states.contains(name) || !has_namespace(objects, name)
               ? Result<void>{}
               : add(objects.states, name, admin.namespace_state(name, deadline));
}

// The facts of a topic that exists.
Result<std::optional<TopicFacts>> topic_facts(const std::string& name, AdminClient& admin,
                                              Deadline deadline) {
    const auto partitions = admin.partitions(name, deadline);
    if (!partitions || !*partitions) {
        return partitions.transform([](const auto&) { return std::optional<TopicFacts>{}; });
    }
    TopicFacts facts{.partitions = **partitions};
    facts.terminated = asked_or<NotFound>(admin.terminated(name, deadline));
    const auto* error = std::get_if<Error>(&facts.terminated);
    return error == nullptr || is_denied(*error) ? Result<std::optional<TopicFacts>>{facts}
                                                 : std::unexpected(*error);
}

// A namespace that no longer serves clients rejects all requests about its topics.
Result<void> add_topic(const std::string& name, const std::string& cluster, AdminClient& admin,
                       Deadline deadline, Objects& objects) {
    const std::string_view space = namespace_of(name);
    if (why_unusable(objects, space, cluster)) {
        return {};
    }
    const bool possible = find_known<Denied>(objects.namespaces, tenant_of(name)) != nullptr ||
                          has_namespace(objects, space);
    return add(objects.topics, name, possible ? topic_facts(name, admin, deadline) : std::nullopt);
}

bool is_near(std::int64_t used, std::int64_t limit) {
    return limit < 0 ? used > 0 : used >= near_limit(limit);
}

// Requests the limits that the use of a topic comes near to, or that only clients reach.
void add_limits(const std::string& name, const Objects& objects, AdminClient& admin,
                Deadline deadline, TopicFacts& topic) {
    const auto& use = std::get<std::vector<PartitionUse>>(topic.use);
    const auto any = [&use](auto condition) { return std::ranges::any_of(use, condition); };
    if (any([](const PartitionUse& one) {
            return is_near(one.backlog, one.backlog_limit) ||
                   (one.age_limit > 0 && is_near(one.oldest, one.age_limit));
        })) {
        topic.quotas = asked_or<NotFound>(admin.blocking_quotas(name, deadline));
    }
    for (std::size_t i = 0; i < kClientLimits.size(); ++i) {
        if (any([&](const PartitionUse& one) { return one.*kClientLimits[i].used > 0; })) {
            topic.limits[i] =
                asked_or<NotFound>(admin.client_limit(name, kClientLimits[i].setting, deadline));
        }
    }
    const auto* space = find_known<NamespaceState>(objects.states, namespace_of(name));
    if (space == nullptr) {
        return;
    }
    // Of this limit the broker tells only the topic's own, but it applies the namespace's, too.
    auto& subscriptions = topic.limits.back();
    if (holds<NotFound>(subscriptions)) {
        subscriptions = space->subscriptions;
    }
    if (space->schema) {
        topic.schema = asked_or<NotFound>(admin.schema(name, deadline));
    }
}

// Adds the use of each topic, as far as there is time. After a topic without an answer no other is
// asked, because each may take all the time. False: not all were asked.
bool add_use(AdminClient& admin, Deadline deadline, Objects& objects) {
    if (std::ranges::any_of(objects.states, [](const auto& entry) {
            const auto* state = std::get_if<NamespaceState>(&entry.second);
            return state != nullptr && state->bookies > 0;
        })) {
        objects.bookies = asked(admin.bookies(deadline));
    }
    for (auto& [name, known] : objects.topics) {
        auto* topic = std::get_if<TopicFacts>(&known);
        if (topic == nullptr) {
            continue;
        }
        if (deadline.remaining() < kLeastTime) {
            return false;
        }
        topic->use = asked_or<NotFound>(admin.topic_use(name, topic->partitions > 0, deadline));
        if (holds<std::vector<PartitionUse>>(topic->use)) {
            add_limits(name, objects, admin, deadline, *topic);
        }
        const auto* error = std::get_if<Error>(&topic->use);
        if (error != nullptr && is_silence(error->kind)) {
            return &known == &objects.topics.rbegin()->second;
        }
    }
    return true;
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
        if (const auto* topic = find_known<TopicFacts>(objects.topics, spec.name)) {
            return topic->partitions > 0 ? spec.name + "-partition-0" : spec.name;
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

void add_agent(const Config& config, Facts& facts) {
    const auto state = read_agent_state(*config.state_dir, "pulsar");
    if (!state) {
        return;
    }
    const auto deep = read_deep_result(*config.state_dir, "pulsar");
    const std::int64_t age = boottime_ms() - state->since_ms;
    facts.agent = state->phase;
    facts.is_young = state->phase != Phase::failing && (!deep || deep->ok_at_ms == 0) && age >= 0 &&
                     age < kStartPatience.count();
}

// The broker does not report the directory of its data. Preflight refuses to start a server whose
// data is not on the declared volume.
std::optional<VolumeFacts> declared_volume(const Config& config) {
    const std::string& volume = *config_of(config).data_dir;
    return !volume.empty() && config.is_beside("pulsar", *config_of(config).url)
               ? std::optional{look_at_volume(volume, volume)}
               : std::nullopt;
}

}  // namespace

Facts gather(const Config& config, Deadline deadline) {
    const PulsarConfig& pulsar = config_of(config);
    AdminClient admin{pulsar};
    Facts facts = gather_stages(pulsar, admin, deadline);
    add_agent(config, facts);
    facts.volume = declared_volume(config);
    if (first_obstacle(facts, pulsar)) {
        return facts;
    }
    facts.version = admin.version(deadline);
    facts.objects = asked(gather_objects(pulsar, admin, deadline));
    auto* objects = std::get_if<Objects>(&facts.objects);
    if (!pulsar.advertised->empty() && objects != nullptr) {
        facts.broker_url =
            asked_or<OtherBroker>(admin.lookup(topic_to_look_up(pulsar, *objects), deadline));
    }
    if (!is_busy_starting(facts)) {
        facts.deep = deep_health(config, admin, deadline);
        const DeepResult* deep = find_result(facts.deep);
        if (objects != nullptr && (deep == nullptr || deep->level != Level::unhealthy)) {
            objects->use_complete = add_use(admin, deadline, *objects);
        }
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
    const auto add_space = [&](const std::string& name) {
        return add_state(namespace_of(name), admin, deadline, objects);
    };
    const auto add_one = [&](const std::string& name) {
        return add_topic(name, *config.cluster, admin, deadline, objects);
    };
    return for_each_name(config.tenants, add_tenant)
        .and_then([&] { return for_each_name(config.namespaces, add_parent); })
        .and_then([&] { return for_each_name(config.topics, add_parent); })
        .and_then([&] { return for_each_name(config.namespaces, add_space); })
        .and_then([&] { return for_each_name(config.topics, add_space); })
        .and_then([&] { return for_each_name(config.topics, add_one); })
        .transform([&] { return std::move(objects); });
}

}  // namespace arc::pulsar
