#include "pulsar/assess.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/variant.hpp"
#include "health/connection.hpp"
#include "net/url.hpp"
#include "pulsar/compare.hpp"
#include "pulsar/findings.hpp"
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
    return obstacle.kind == ErrorKind::shortage
               ? shortage(obstacle.text, absent)
               : staged(obstacle.stage, {.code = failure_code(obstacle.kind, obstacle.stage),
                                         .level = level,
                                         .text = obstacle.text,
                                         .liveness = is_silence(obstacle.kind),
                                         .no_way = is_no_way(obstacle.kind)});
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

// Adds one finding for all requests that the token does not permit.
void add_denied(std::vector<Finding>& findings, const Facts& facts) {
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
        add_objects(objects->topics);
        add_objects(objects->tenants);
    }
    add_error(facts.broker_url);
    if (!paths.empty()) {
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
};

constexpr std::array kObjectCodes{
    ObjectCodes{"tenant", "pulsar.tenant.ok", "pulsar.tenant.missing", "pulsar.tenant.drift"},
    // a namespace has no field that can differ
    ObjectCodes{"namespace", "pulsar.namespace.ok", "pulsar.namespace.missing",
                "pulsar.namespace.missing"},
    ObjectCodes{"topic", "pulsar.topic.ok", "pulsar.topic.missing", "pulsar.topic.drift"},
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

void add_objects(std::vector<Finding>& findings, const Facts& facts, const PulsarConfig& config,
                 Level absent) {
    if (const auto* error = std::get_if<Error>(&facts.objects)) {
        findings.push_back(failure(unanswered(Stage::objects, *error), absent, absent));
    } else if (const auto* objects = std::get_if<Objects>(&facts.objects)) {
        for (const Comparison& object : compare_all(config, *objects)) {
            add_object(findings, object, absent);
        }
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
    std::visit(
        Match{[](const NotAsked&) {},
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
                  findings.push_back({.code = PulsarCode("pulsar.advertised.ok"),
                                      .text = "another broker owns the topic that was looked up, "
                                              "so the address is not verified"});
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

void add_canary(std::vector<Finding>& findings, const DeepHealth& deep) {
    const DeepResult* result = find_result(deep);
    if (result != nullptr && result->canary) {
        findings.push_back(
            {.code = canary_code(result->canary->level), .text = result->canary->text});
    }
}

std::string counted(std::size_t count, const char* noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
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
        return verdict;
    }
    add_denied(verdict.findings, facts);
    add_objects(verdict.findings, facts, pulsar, absent);
    add_advertised(verdict.findings, facts, pulsar);
    add_deep(verdict.findings, facts.deep, absent);
    add_canary(verdict.findings, facts.deep);
    verdict.verified = verified_text(facts, pulsar);
    return verdict;
}

}  // namespace arc::pulsar
