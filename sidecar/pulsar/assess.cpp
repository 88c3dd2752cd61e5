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

constexpr const char* kSeePlan = "see `arc-sidecar bootstrap pulsar --dry-run`";
constexpr const char* kSeeLog = "see the server's log";
constexpr const char* kTokenAdvice = "give a superuser's token in ARC_PULSAR_TOKEN_FILE";

// `absent` is the level if nothing answers. The answer "not ready" means starting, until the agent
// has seen the broker ready or has stopped waiting.
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

// The first line of a starting broker begins with the stage.
std::string staged(Stage stage, Level level, const std::string& text) {
    return level == Level::starting ? fmt::format("{}: {}", stage_text(stage), text) : text;
}

std::string obstacle_advice(const Obstacle& obstacle, Level level) {
    if (obstacle.kind == ErrorKind::auth) {
        return kTokenAdvice;
    }
    return level == Level::starting || obstacle.kind == ErrorKind::tls ||
                   obstacle.kind == ErrorKind::config
               ? ""
               : kSeeLog;
}

constexpr ConnectionCodes<kFindings> kConnectionCodes{"pulsar.connection."};

// `rejected` is the code of a request that the broker rejected.
Code failure_code(ErrorKind kind, PulsarCode rejected) {
    switch (kind) {
        case ErrorKind::auth:
            return PulsarCode("pulsar.authentication.failed");
        case ErrorKind::permission:
        case ErrorKind::rejected:
            return rejected;
        default:
            return kConnectionCodes.of(kind);
    }
}

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

Finding finding(PulsarCode code, Level level, std::string text, std::string advice = {}) {
    return {.code = code, .level = level, .text = std::move(text), .advice = std::move(advice)};
}

// A finding about a request that failed at `stage`.
Finding failure(const Error& error, Stage stage, Level level, std::string advice = {}) {
    return {.code = failure_code(error.kind, stage_code(stage)),
            .level = level,
            .text = staged(stage, level, error.text),
            .advice = std::move(advice),
            .liveness = is_silence(error.kind),
            .no_way = is_no_way(error.kind)};
}

Finding obstacle_finding(const Obstacle& obstacle, const Facts& facts, Level absent) {
    if (obstacle.kind == ErrorKind::shortage) {
        return shortage(obstacle.text, absent);
    }
    const Level level = obstacle_level(obstacle.kind, facts, absent);
    return failure({obstacle.kind, obstacle.text}, obstacle.stage, level,
                   obstacle_advice(obstacle, level));
}

// Adds a finding for each completed stage.
void add_stages(std::vector<Finding>& findings, const Facts& facts, const PulsarConfig& config) {
    const auto add = [&](PulsarCode code, std::string text) {
        findings.push_back(finding(code, Level::ok, std::move(text)));
    };
    if (holds<Done>(facts.ready)) {
        add("pulsar.connection.ok",
            fmt::format("{} and {} accept connections", to_string(*config.url),
                        to_string(*config.admin_url)));
        add("pulsar.broker.ok", "the broker takes requests");
    }
    if (has_cluster(facts, config)) {
        add("pulsar.cluster.ok", fmt::format("the cluster {} is registered", *config.cluster));
    }
    if (has_public_default(facts)) {
        add("pulsar.public_default.ok", "public/default is there");
    }
}

// "/admin/v2/clusters answered 401: …"
std::string path_of_refusal(const std::string& text) {
    return text.substr(0, text.find(' '));
}

// Adds one finding for all requests that the token does not permit.
void add_denied(std::vector<Finding>& findings, const Facts& facts) {
    std::vector<std::string> paths;
    const auto add = [&paths](std::string path) {
        if (!std::ranges::contains(paths, path)) {
            paths.push_back(std::move(path));
        }
    };
    const auto add_error = [&add](const auto& asked) {
        const auto* error = std::get_if<Error>(&asked);
        if (error != nullptr && is_denied(*error)) {
            add(path_of_refusal(error->text));
        }
    };
    const auto add_objects = [&add](const auto& objects) {
        for (const auto& [name, known] : objects) {
            if (const auto* denied = std::get_if<Denied>(&known)) {
                add(path_of_refusal(denied->text));
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
        findings.push_back(finding(
            "pulsar.permission.denied", Level::degraded,
            fmt::format("authentication: the token is not a superuser's: alive, not verifiable: {}",
                        fmt::join(paths, ", ")),
            kTokenAdvice));
    }
}

// The codes of one kind of object.
struct ObjectCodes {
    std::string_view kind;
    PulsarCode ok;
    PulsarCode missing;
    PulsarCode invalid;
    std::optional<PulsarCode> drift;  // none: it has no fields that can differ
};

constexpr std::array kObjectCodes{
    ObjectCodes{"tenant", "pulsar.tenant.ok", "pulsar.tenant.missing", "pulsar.tenant.invalid",
                "pulsar.tenant.drift"},
    ObjectCodes{"namespace", "pulsar.namespace.ok", "pulsar.namespace.missing",
                "pulsar.namespace.invalid", std::nullopt},
    ObjectCodes{"topic", "pulsar.topic.ok", "pulsar.topic.missing", "pulsar.topic.invalid",
                "pulsar.topic.drift"},
};

const ObjectCodes& codes_of(const Comparison& object) {
    return *std::ranges::find(kObjectCodes, object.kind, &ObjectCodes::kind);
}

Finding object_finding(const Comparison& object, Level absent) {
    const std::string what = fmt::format("{} {}", object.kind, object.name);
    const ObjectCodes& codes = codes_of(object);
    switch (object.standing) {
        case Standing::same:
        case Standing::unknown:
            break;
        case Standing::absent:
            return absent == Level::starting
                       ? finding(codes.missing, absent,
                                 staged(Stage::objects, absent, what + " is not there yet"))
                       : finding(codes.missing, absent, what + " is missing", kSeePlan);
        case Standing::differs: {
            Finding drift = finding(codes.drift.value_or(codes.invalid), Level::degraded,
                                    what + " differs", kSeePlan);
            drift.measured = object.measured;
            drift.wanted = object.wanted;
            return drift;
        }
        case Standing::invalid:
            return finding(
                codes.invalid, Level::unhealthy,
                fmt::format("{} (declared at {}) cannot exist", what, object.declared_at),
                object.wanted);
    }
    return finding(
        codes.ok, Level::ok,
        fmt::format("{} is there{}{}", what, object.wanted.empty() ? "" : ": ", object.wanted));
}

Finding objects_error(const Error& error, Level absent) {
    if (error.kind == ErrorKind::shortage) {
        return shortage(error.text, absent);
    }
    const std::string text = error.kind == ErrorKind::timeout ? "health " + error.text : error.text;
    return failure({error.kind, text}, Stage::objects, absent);
}

void add_objects(std::vector<Finding>& findings, const Facts& facts, const PulsarConfig& config,
                 Level absent) {
    if (const auto* error = std::get_if<Error>(&facts.objects)) {
        findings.push_back(objects_error(*error, absent));
    } else if (const auto* objects = std::get_if<Objects>(&facts.objects)) {
        for (const Comparison& object : compare_all(config, *objects)) {
            if (object.standing != Standing::unknown) {  // add_denied() names it
                findings.push_back(object_finding(object, absent));
            }
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
        return finding("pulsar.advertised.ok", Level::ok, "clients are sent to " + broker_url);
    }
    const bool self = loopback(host);
    Finding drift = finding(
        self ? PulsarCode("pulsar.advertised.loopback") : PulsarCode("pulsar.advertised.drift"),
        Level::degraded,
        self ? "clients in other containers are sent to themselves" : "clients are sent elsewhere",
        "set advertisedListeners and internalListenerName");
    drift.measured = broker_url;
    drift.wanted = declared;
    return drift;
}

void add_advertised(std::vector<Finding>& findings, const Facts& facts,
                    const PulsarConfig& config) {
    const auto add = [&](Finding found) { findings.push_back(std::move(found)); };
    std::visit(
        Match{[](const NotAsked&) {},
              [&](const Error& error) {
                  if (error.kind == ErrorKind::shortage) {
                      add(shortage(error.text, Level::degraded));
                  } else if (!is_denied(error)) {
                      add(finding("pulsar.lookup.failed", Level::degraded,
                                  "a client's lookup fails: " + error.text, kSeeLog));
                  }
              },
              [&](const OtherBroker&) {
                  add(finding("pulsar.advertised.ok", Level::ok,
                              "another broker owns the topic looked up: not verified"));
              },
              [&](const std::string& url) { add(advertised_finding(*config.advertised, url)); }},
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
                                   : "health: another process is asking, not verified";
              },
              [](const DeepNoTime&) {
                  return std::string{"health: no time was left to ask: raise --timeout"};
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
    if (holds<NotAsked>(deep)) {
        return;
    }
    const Level level = deep_level(deep, absent);
    findings.push_back(finding(
        deep_code(deep, level), level, staged(Stage::health, level, deep_text(deep)),
        level == Level::unhealthy ? "the ledgers' storage may be dead: see the server's log" : ""));
}

void add_canary(std::vector<Finding>& findings, const DeepHealth& deep) {
    const DeepResult* result = find_result(deep);
    if (result == nullptr || !result->canary) {
        return;
    }
    const CanaryResult& canary = *result->canary;
    if (canary.level == Level::ok) {
        findings.push_back(finding("pulsar.canary.ok", Level::ok, canary.text));
    } else if (canary.level == Level::unhealthy) {
        findings.push_back(
            finding("pulsar.canary.failed", Level::unhealthy, "canary: " + canary.text,
                    "what needs a new ledger fails: see the server's log, then restart it"));
    } else {
        findings.push_back(finding("pulsar.canary.unavailable", Level::degraded,
                                   "no canary: " + canary.text,
                                   "permit it, or set pulsar.canary = false"));
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
    if (holds<DeepAsked>(facts.deep)) {
        return text + ", deep health ok";
    }
    const auto* agent = std::get_if<DeepFromAgent>(&facts.deep);
    return agent == nullptr ? text : text + ", deep health ok " + age_text(agent->age_ms);
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
        verdict.findings.push_back(obstacle_finding(*obstacle, facts, absent));
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
