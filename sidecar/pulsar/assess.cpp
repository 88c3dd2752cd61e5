#include "pulsar/assess.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/durability.hpp"
#include "base/units.hpp"
#include "base/variant.hpp"
#include "health/connection.hpp"
#include "health/store.hpp"
#include "net/url.hpp"
#include "pulsar/compare.hpp"
#include "pulsar/findings.hpp"
#include "pulsar/names.hpp"
#include "pulsar/stages.hpp"

namespace arc::pulsar {
namespace {

// The answer "not ready" means starting, until the agent has seen the broker ready or has stopped
// waiting.
Level obstacle_level(ErrorKind kind, const Facts& facts, Level absent) {
    switch (kind) {
        case ErrorKind::auth:
        case ErrorKind::tls:
        case ErrorKind::config:
            return Level::unhealthy;
        case ErrorKind::rejected:
            return facts.agent ? absent : Level::starting;
        case ErrorKind::timeout:
            return facts.is_young ? Level::starting : absent;
        default:
            return absent;
    }
}

// A starting broker needs no remedy. Its first line begins with the stage.
Finding staged(Stage stage, Finding finding) {
    if (finding.level == Level::starting) {
        finding.text = fmt::format("{}: {}", stage_text(stage), finding.text);
        finding.advice.clear();
    }
    return finding;
}

constexpr ConnectionCodes<kFindings> kConnectionCodes{"pulsar.connection."};

// The code of a broker that answers, but has not completed `stage`.
PulsarCode stage_code(Stage stage) {
    switch (stage) {
        case Stage::cluster:
            return "pulsar.cluster.missing";
        case Stage::namespaces:
            return "pulsar.public_default.missing";
        case Stage::objects:
            return "pulsar.objects.failed";
        case Stage::ports:
        case Stage::ready:
        case Stage::health:
            break;
    }
    return "pulsar.broker.unready";
}

Code failure_code(ErrorKind kind, Stage stage) {
    switch (kind) {
        case ErrorKind::auth:
            return PulsarCode("pulsar.authentication.failed");
        case ErrorKind::permission:
        case ErrorKind::rejected:
            return stage_code(stage);
        default:
            return kConnectionCodes.of(kind);
    }
}

// A finding about a request that failed.
Finding failure(const Obstacle& obstacle, Level level, Level absent) {
    if (obstacle.kind == ErrorKind::shortage) {
        return shortage(obstacle.text, absent);
    }
    Finding finding{.code = failure_code(obstacle.kind, obstacle.stage),
                    .level = level,
                    .text = obstacle.text,
                    .liveness = is_silence(obstacle.kind),
                    .no_way = is_no_way(obstacle.kind)};
    return staged(obstacle.stage,
                  with_remedy(std::move(finding), {obstacle.kind, {}, obstacle.remedy}));
}

// Adds a finding for each completed stage.
void add_stages(std::vector<Finding>& findings, const Facts& facts, const PulsarConfig& config) {
    if (holds<Done>(facts.ready)) {
        findings.push_back(
            {.code = PulsarCode("pulsar.connection.ok"),
             .text = fmt::format("{} and {} accept connections", to_string(*config.url),
                                 to_string(*config.admin_url))});
        findings.push_back({.code = PulsarCode("pulsar.broker.ok")});
    }
    if (has_cluster(facts, config)) {
        findings.push_back({.code = PulsarCode("pulsar.cluster.ok"),
                            .text = fmt::format("the cluster {} is registered", *config.cluster)});
    }
    if (has_public_default(facts)) {
        findings.push_back({.code = PulsarCode("pulsar.public_default.ok")});
    }
}

// The paths of the requests that the token does not permit, each once.
std::vector<std::string> denied_paths(const Facts& facts) {
    std::vector<std::string> paths;
    // "/admin/v2/clusters answered 401: …"
    const auto add = [&paths](std::string_view refusal) {
        const std::string_view path = refusal.substr(0, refusal.find(' '));
        if (!std::ranges::contains(paths, path)) {
            paths.emplace_back(path);
        }
    };
    const auto add_error = [&add](const auto& asked) {
        const auto* error = std::get_if<Error>(&asked);
        if (error != nullptr && is_denied(*error)) {
            add(error->text);
        }
    };
    const auto add_objects = [&add](const auto& objects) {
        for (const auto& [name, known] : objects) {
            if (const auto* denied = std::get_if<Denied>(&known)) {
                add(denied->text);
            }
        }
    };
    add_error(facts.clusters);
    add_error(facts.public_namespaces);
    if (const auto* objects = std::get_if<Objects>(&facts.objects)) {
        add_objects(objects->namespaces);
        add_objects(objects->states);
        add_objects(objects->topics);
        for (const auto& [name, known] : objects->topics) {
            if (const auto* topic = std::get_if<TopicFacts>(&known)) {
                add_error(topic->terminated);
                add_error(topic->use);
                add_error(topic->quotas);
                add_error(topic->schema);
                std::ranges::for_each(topic->limits, add_error);
            }
        }
        add_objects(objects->tenants);
        add_error(objects->bookies);
    }
    add_error(facts.broker_url);
    return paths;
}

// Adds one finding for all of them.
void add_denied(std::vector<Finding>& findings, const Facts& facts) {
    if (const auto paths = denied_paths(facts); !paths.empty()) {
        findings.push_back(
            {.code = PulsarCode("pulsar.permission.denied"),
             .text = fmt::format("the token is not a superuser's and does not permit {}",
                                 fmt::join(paths, ", "))});
    }
}

// The codes of one kind of object.
struct ObjectCodes {
    std::string_view kind;
    PulsarCode ok;
    PulsarCode missing;
    PulsarCode drift;
    PulsarCode unusable;
};

constexpr std::array kObjectCodes{
    // a tenant is never unavailable, and a namespace has no field that can differ
    ObjectCodes{"tenant", "pulsar.tenant.ok", "pulsar.tenant.missing", "pulsar.tenant.drift",
                "pulsar.tenant.drift"},
    ObjectCodes{"namespace", "pulsar.namespace.ok", "pulsar.namespace.missing",
                "pulsar.namespace.unusable", "pulsar.namespace.unusable"},
    ObjectCodes{"topic", "pulsar.topic.ok", "pulsar.topic.missing", "pulsar.topic.drift",
                "pulsar.topic.unusable"},
};

void add_object(std::vector<Finding>& findings, const Comparison& object, Level absent) {
    const std::string what = fmt::format("{} {}", object.kind, object.name);
    const ObjectCodes& codes = *std::ranges::find(kObjectCodes, object.kind, &ObjectCodes::kind);
    std::visit(Match{[](const Denied&) {},  // add_denied() names it
                     [&](const Same&) {
                         findings.push_back(
                             {.code = codes.ok,
                              .text = object.described.empty()
                                          ? what + " exists"
                                          : fmt::format("{} exists ({})", what, object.described)});
                     },
                     [&](const NotFound&) {
                         findings.push_back(staged(Stage::objects, {.code = codes.missing,
                                                                    .level = absent,
                                                                    .text = what + " is missing"}));
                     },
                     [&](const Unusable& unusable) {
                         findings.push_back({.code = codes.unusable,
                                             .text = fmt::format("{} {}", what, unusable.why)});
                     },
                     [&](const Differs& differs) {
                         for (const Difference& field : differs.fields) {
                             findings.push_back({.code = codes.drift,
                                                 .text = fmt::format("{} of {}", field.field, what),
                                                 .measured = field.measured,
                                                 .wanted = field.wanted});
                         }
                     }},
               object.standing);
}

std::string counted(std::size_t count, const char* noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// "topic t/n/x is full (backlog 1.5 KiB of 1 KiB, producer_exception)"; nothing if the quota is not
// near.
void add_quota(std::vector<Finding>& findings, const std::string& name, std::int64_t used,
               const BlockingQuota& quota, std::string (*text)(std::int64_t)) {
    if (quota.limit > 0 && used >= near_limit(quota.limit)) {
        findings.push_back({.code = PulsarCode("pulsar.backlog.full"),
                            .text = fmt::format("topic {} is {}full ({} of {}, {})", name,
                                                used >= quota.limit ? "" : "nearly ", text(used),
                                                text(quota.limit), quota.policy)});
    }
}

constexpr std::array<PulsarCode, kClientLimits.size()> kLimitCodes{
    "pulsar.producers.full", "pulsar.consumers.full", "pulsar.subscriptions.full"};

// Adds a finding for each limit that the fullest partition of a topic has reached.
void add_use(std::vector<Finding>& findings, const std::string& name, const TopicFacts& topic) {
    const auto* error = std::get_if<Error>(&topic.use);
    if (error != nullptr && error->kind == ErrorKind::shortage) {
        findings.push_back(shortage(error->text, Level::degraded));
    } else if (error != nullptr && !is_denied(*error)) {
        findings.push_back({.code = PulsarCode("pulsar.topic.unavailable"),
                            .text = fmt::format("topic {} does not load ({})", name, error->text)});
    }
    const auto* use = std::get_if<std::vector<PartitionUse>>(&topic.use);
    if (use == nullptr || use->empty()) {
        return;
    }
    const auto most = [use](std::int64_t PartitionUse::* member) {
        return std::ranges::max(*use, {}, member).*member;
    };
    if (const auto* quotas = std::get_if<BlockingQuotas>(&topic.quotas)) {
        add_quota(findings, name, most(&PartitionUse::backlog), quotas->size,
                  [](std::int64_t size) { return "backlog " + format_size(size); });
        add_quota(findings, name, most(&PartitionUse::oldest), quotas->age,
                  [](std::int64_t age) { return fmt::format("oldest message {} s", age); });
    }
    for (std::size_t i = 0; i < kClientLimits.size(); ++i) {
        const auto* limit = std::get_if<std::int64_t>(&topic.limits[i]);
        const std::int64_t used = most(kClientLimits[i].used);
        if (limit != nullptr && *limit > 0 && used >= *limit) {
            findings.push_back({.code = kLimitCodes[i],
                                .text = fmt::format("topic {} accepts no more {} ({} of {})", name,
                                                    kClientLimits[i].clients, used, *limit)});
        }
    }
    if (holds<Done>(topic.schema)) {
        findings.push_back(
            {.code = PulsarCode("pulsar.schema.required"),
             .text = fmt::format("topic {} has a schema and rejects producers without one", name)});
    }
}

constexpr std::array<std::string_view, 4> kSubscriptionTypes{"Exclusive", "Shared", "Failover",
                                                             "Key_Shared"};

// The restriction of new consumers; empty: none.
std::string subscription_restriction(const NamespaceState& space) {
    const bool all = std::ranges::all_of(kSubscriptionTypes, [&](std::string_view type) {
        return std::ranges::contains(space.subscription_types, type);
    });
    if (!all && !space.subscription_types.empty()) {
        return fmt::format("accepts only the subscription types {}",
                           fmt::join(as_set(space.subscription_types), ", "));
    }
    return space.new_subscriptions ? "" : "lets no consumer create a subscription";
}

// Whether a topic of the namespace does not load.
bool has_unloaded(const Objects& objects, std::string_view space) {
    return std::ranges::any_of(objects.topics, [&](const auto& entry) {
        const auto* topic = std::get_if<TopicFacts>(&entry.second);
        return topic != nullptr && namespace_of(entry.first) == space &&
               std::holds_alternative<Error>(topic->use);
    });
}

// Adds a finding for each policy of a namespace that rejects clients. Topics with an open ledger
// work although the bookies for a new one are missing.
void add_policies(std::vector<Finding>& findings, const std::string& name,
                  const NamespaceState& space, const Objects& objects) {
    const auto* bookies = std::get_if<std::int64_t>(&objects.bookies);
    if (bookies != nullptr && space.bookies > *bookies) {
        findings.push_back(
            {.code = PulsarCode("pulsar.bookies.missing"),
             .level = has_unloaded(objects, name) ? Level::unhealthy : Level::degraded,
             .text = fmt::format("a new ledger of namespace {} needs {} bookies, but the cluster "
                                 "has {}",
                                 name, space.bookies, *bookies)});
    }
    if (space.encryption) {
        findings.push_back(
            {.code = PulsarCode("pulsar.encryption.required"),
             .text = fmt::format("namespace {} rejects producers without encryption", name)});
    }
    if (const std::string restriction = subscription_restriction(space); !restriction.empty()) {
        findings.push_back({.code = PulsarCode("pulsar.subscriptions.restricted"),
                            .text = fmt::format("namespace {} {}", name, restriction)});
    }
}

void add_uses(std::vector<Finding>& findings, const Objects& objects) {
    std::size_t unasked = 0;
    for (const auto& [name, known] : objects.topics) {
        if (const auto* topic = std::get_if<TopicFacts>(&known)) {
            add_use(findings, name, *topic);
            unasked += holds<NotAsked>(topic->use) ? 1 : 0;
        }
    }
    if (!objects.use_complete) {
        findings.push_back(
            {.code = PulsarCode("pulsar.topic.unavailable"),
             .text = fmt::format("the backlog of {} is not verified, no time was left",
                                 counted(unasked, "topic"))});
    }
}

void add_objects(std::vector<Finding>& findings, const Facts& facts, const PulsarConfig& config,
                 Level absent) {
    if (const auto* error = std::get_if<Error>(&facts.objects)) {
        const Level level =
            error->kind == ErrorKind::timeout && facts.is_young ? Level::starting : absent;
        findings.push_back(failure(unanswered(Stage::objects, *error), level, absent));
    } else if (const auto* objects = std::get_if<Objects>(&facts.objects)) {
        for (const Comparison& object : compare_all(config, *objects)) {
            add_object(findings, object, absent);
        }
        for (const auto& [name, known] : objects->states) {
            if (const auto* space = std::get_if<NamespaceState>(&known)) {
                add_policies(findings, name, *space, *objects);
            }
        }
        add_uses(findings, *objects);
    }
}

// The host of "pulsar://host:port"; an IPv6 address without its brackets.
std::string host_of(const std::string& broker_url) {
    const auto url = parse_url(broker_url, "pulsar", 6650);
    return url ? url->host : broker_url;
}

bool loopback(std::string_view host) {
    return host == "localhost" || host.starts_with("127.") || host == "::1";
}

Finding advertised_finding(const std::string& declared, const std::string& broker_url) {
    const std::string host = host_of(broker_url);
    if (host == declared) {
        return {.code = PulsarCode("pulsar.advertised.ok"),
                .text = "the broker sends clients to " + broker_url};
    }
    return {.code = loopback(host) ? PulsarCode("pulsar.advertised.loopback")
                                   : PulsarCode("pulsar.advertised.drift"),
            .text = "the address that the broker sends clients to",
            .measured = broker_url,
            .wanted = declared};
}

void add_advertised(std::vector<Finding>& findings, const Facts& facts,
                    const PulsarConfig& config) {
    std::visit(Match{[](const NotAsked&) {},
                     [&](const Error& error) {
                         if (error.kind == ErrorKind::shortage) {
                             findings.push_back(shortage(error.text, Level::degraded));
                         } else if (!is_denied(error)) {
                             findings.push_back(
                                 {.code = PulsarCode("pulsar.lookup.failed"),
                                  .text = fmt::format("a client's lookup fails ({})", error.text)});
                         }
                     },
                     [&](const OtherBroker&) {
                         findings.push_back({.code = PulsarCode("pulsar.advertised.unverified")});
                     },
                     [&](const std::string& url) {
                         findings.push_back(advertised_finding(*config.advertised, url));
                     }},
               facts.broker_url);
}

std::string age_text(std::int64_t age_ms) {
    return fmt::format("{} s ago", (age_ms + 500) / 1000);
}

// "health answered ok in 31 ms (12 s ago)"
std::string aged_text(const DeepResult& result, std::int64_t age_ms) {
    return fmt::format("{} ({})", result.text, age_text(age_ms));
}

std::string deep_text(const DeepHealth& deep) {
    return std::visit(
        Match{[](const NotAsked&) { return std::string{}; },
              [](const DeepFromAgent& agent) { return aged_text(agent.result, agent.age_ms); },
              [](const DeepAsked& asked) { return asked.result.text; },
              [](const DeepHeldOff& earlier) {
                  return aged_text(earlier.result, earlier.age_ms) + ", not asked again so soon";
              },
              [](const DeepBusy& busy) {
                  return busy.last ? aged_text(busy.last->result, busy.last->age_ms) +
                                         ", another process is asking"
                                   : "health is not verified, another process is asking";
              },
              [](const DeepNoTime&) {
                  return std::string{"health is not verified, no time was left to ask"};
              }},
        deep);
}

Level deep_level(const DeepHealth& deep, Level absent) {
    const bool verified = !holds<DeepBusy>(deep) && !holds<DeepNoTime>(deep);
    const DeepResult* result = find_result(deep);
    const Level known = result != nullptr ? result->level : Level::ok;
    if (verified && known != Level::unhealthy) {
        return known;
    }
    // Not verified, or not healthy. While the agent sets up the broker, this is a stage.
    return absent == Level::starting ? absent : std::max(known, Level::degraded);
}

PulsarCode deep_code(const DeepHealth& deep, Level level) {
    const DeepResult* result = find_result(deep);
    if (result != nullptr && result->level == Level::unhealthy) {
        return "pulsar.health.failed";
    }
    return level == Level::ok ? PulsarCode("pulsar.health.ok")
                              : PulsarCode("pulsar.health.unavailable");
}

void add_deep(std::vector<Finding>& findings, const DeepHealth& deep, Level absent) {
    if (!holds<NotAsked>(deep)) {
        const Level level = deep_level(deep, absent);
        findings.push_back(
            staged(Stage::health,
                   {.code = deep_code(deep, level), .level = level, .text = deep_text(deep)}));
    }
}

PulsarCode canary_code(Level level) {
    return level == Level::ok          ? PulsarCode("pulsar.canary.ok")
           : level == Level::unhealthy ? PulsarCode("pulsar.canary.failed")
                                       : PulsarCode("pulsar.canary.unavailable");
}

// Deep health may be that of an agent without a canary.
void add_canary(std::vector<Finding>& findings, const DeepHealth& deep, bool wanted) {
    const DeepResult* result = find_result(deep);
    if (result != nullptr && result->canary) {
        findings.push_back(
            {.code = canary_code(result->canary->level), .text = result->canary->text});
    } else if (wanted && result != nullptr && result->level == Level::ok) {
        findings.push_back({.code = PulsarCode("pulsar.canary.unavailable"),
                            .text = "the last deep probe stored no test message",
                            .advice = "Set `pulsar.canary` for the agent, too."});
    }
}

// "/pulsar/data has 0 B free of 12 MiB": a full disk is the cause if the broker does not work.
void add_disk(std::vector<Finding>& findings, const Facts& facts, const PulsarConfig& config,
              bool works) {
    if (facts.volume && is_nearly_full(*facts.volume)) {
        findings.insert(findings.begin(),
                        {.code = PulsarCode("pulsar.disk.full"),
                         .level = works ? Level::degraded : Level::unhealthy,
                         .text = fmt::format("{} has {} free of {}", *config.data_dir,
                                             format_size(*facts.volume->available),
                                             format_size(*facts.volume->size))});
    }
}

constexpr StoreCodes kStoreCodes{
    .ok = PulsarCode("pulsar.store.ok"),
    .outside = PulsarCode("pulsar.store.unmounted"),  // never: the volume stands for the store
    .unmounted = PulsarCode("pulsar.store.unmounted"),
    .in_memory = PulsarCode("pulsar.store.volatile"),
    .unverified = PulsarCode("pulsar.store.unverified"),
};

// The broker does not report its directories. Preflight compares them with the volume.
void add_store(std::vector<Finding>& findings, const Facts& facts, const PulsarConfig& config) {
    if (!config.data_dir->empty()) {
        findings.push_back(store_finding(
            kStoreCodes, {.store = *config.data_dir, .volume = *config.data_dir, .setting = {}},
            facts.volume.value_or(VolumeFacts{})));
    }
}

// "1 tenant, 3 namespaces, 3 topics as declared, deep health ok 12 s ago", shown in the first line
// if every finding is ok.
std::string verified_text(const Facts& facts, const PulsarConfig& config) {
    const bool none = config.tenants.empty() && config.namespaces.empty() && config.topics.empty();
    const std::string text =
        none ? "nothing declared"
             : fmt::format("{}, {}, {} as declared", counted(config.tenants.size(), "tenant"),
                           counted(config.namespaces.size(), "namespace"),
                           counted(config.topics.size(), "topic"));
    const auto* agent = std::get_if<DeepFromAgent>(&facts.deep);
    return agent != nullptr               ? text + ", deep health ok " + age_text(agent->age_ms)
           : holds<DeepAsked>(facts.deep) ? text + ", deep health ok"
                                          : text;
}

}  // namespace

Verdict assess(const Facts& facts, const Config& config, Level absent) {
    const PulsarConfig& pulsar = config_of(config);
    Verdict verdict{.service = "pulsar", .server = {}, .verified = {}, .findings = {}};
    if (holds<Done>(facts.ready)) {
        verdict.server = facts.version ? "Pulsar " + *facts.version : "Pulsar";
    }
    add_stages(verdict.findings, facts, pulsar);
    if (const auto obstacle = first_obstacle(facts, pulsar)) {
        verdict.findings.push_back(
            failure(*obstacle, obstacle_level(obstacle->kind, facts, absent), absent));
        add_disk(verdict.findings, facts, pulsar,
                 verdict.findings.back().level != Level::unhealthy);
        return verdict;
    }
    add_denied(verdict.findings, facts);
    add_objects(verdict.findings, facts, pulsar, absent);
    add_advertised(verdict.findings, facts, pulsar);
    add_deep(verdict.findings, facts.deep, facts.is_young ? Level::starting : absent);
    const DeepResult* deep = find_result(facts.deep);
    add_canary(verdict.findings, facts.deep, *pulsar.canary);
    add_store(verdict.findings, facts, pulsar);
    add_disk(verdict.findings, facts, pulsar, deep == nullptr || deep->level != Level::unhealthy);
    verdict.verified = verified_text(facts, pulsar);
    return verdict;
}

}  // namespace arc::pulsar
