#include "pulsar/assess.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "health/shortage.hpp"
#include "net/url.hpp"
#include "pulsar/compare.hpp"
#include "pulsar/stages.hpp"

namespace arc::pulsar {
namespace {

using Agent = std::optional<AgentState>;

constexpr const char* kSeePlan = "see `arc-sidecar bootstrap pulsar --dry-run`";
constexpr const char* kSeeLog = "see the server's log";
constexpr const char* kTokenAdvice = "give a superuser's token in ARC_PULSAR_TOKEN_FILE";

// The broker itself says that it is on its way: believed until the agent has seen it further, or
// has given up waiting.
Level climbing_level(const Agent& agent) {
    return !agent || agent->phase == Phase::pending ? Level::starting : Level::unhealthy;
}

Level obstacle_level(const Obstacle& obstacle, const Agent& agent) {
    switch (obstacle.kind) {
        case ErrorKind::auth:
        case ErrorKind::tls:
        case ErrorKind::config:
            return Level::unhealthy;
        case ErrorKind::rejected:
            return climbing_level(agent);
        default:
            return absent_level(agent);
    }
}

// In the first line of a starting broker the stage comes first.
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

// `refused`: of a question that the broker answers with an error of its own.
std::string_view failure_code(ErrorKind kind, std::string_view refused) {
    switch (kind) {
        case ErrorKind::timeout:
            return "pulsar.connection.timeout";
        case ErrorKind::refused:
            return "pulsar.connection.refused";
        case ErrorKind::unreachable:
            return "pulsar.connection.unreachable";
        case ErrorKind::unresolved:
            return "pulsar.connection.unresolved";
        case ErrorKind::tls:
            return "pulsar.connection.tls";
        case ErrorKind::config:
            return "pulsar.connection.misconfigured";
        case ErrorKind::auth:
            return "pulsar.authentication.failed";
        case ErrorKind::protocol:
            return "pulsar.connection.protocol";
        case ErrorKind::io:
        case ErrorKind::shortage:
            return "pulsar.connection.broken";
        case ErrorKind::permission:
        case ErrorKind::rejected:
            break;
    }
    return refused;
}

// What a broker is not yet that answers, at the stage of an obstacle.
std::string_view stage_code(Stage stage) {
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

Finding finding(std::string_view code, Level level, std::string text, std::string advice = {}) {
    return {.code = std::string(code),
            .level = level,
            .text = std::move(text),
            .measured = {},
            .wanted = {},
            .advice = std::move(advice)};
}

Finding obstacle_finding(const Obstacle& obstacle, const Agent& agent) {
    if (obstacle.kind == ErrorKind::shortage) {
        return shortage(obstacle.text, absent_level(agent));
    }
    const Level level = obstacle_level(obstacle, agent);
    Finding found =
        finding(failure_code(obstacle.kind, stage_code(obstacle.stage)), level,
                staged(obstacle.stage, level, obstacle.text), obstacle_advice(obstacle, level));
    found.liveness = is_silence(obstacle.kind);
    found.no_way = is_no_way(obstacle.kind);
    return found;
}

// A line for each stage that was climbed.
void add_climbed(const PulsarConfig& config, const Facts& facts, std::vector<Finding>& findings) {
    const auto add = [&](std::string_view code, std::string text) {
        findings.push_back(finding(code, Level::ok, std::move(text)));
    };
    if (facts.ready && *facts.ready) {
        add("pulsar.connection.ok",
            fmt::format("{} and {} accept connections", to_string(*config.url),
                        to_string(*config.admin_url)));
        add("pulsar.broker.ok", "the broker takes requests");
    }
    if (has_cluster(config, facts)) {
        add("pulsar.cluster.ok", fmt::format("the cluster {} is registered", *config.cluster));
    }
    if (has_public_default(facts)) {
        add("pulsar.public_default.ok", "public/default is there");
    }
}

// Questions that a token is too weak for, once for all of them.
void add_denied(const Facts& facts, std::vector<Finding>& findings) {
    std::vector<std::string> paths;
    const auto note = [&paths](const auto& asked) {
        if (asked && !*asked && denied(asked->error())) {
            const std::string& text = asked->error().text;  // "/admin/v2/clusters answered 401: …"
            paths.push_back(text.substr(0, text.find(' ')));
        }
    };
    note(facts.clusters);
    note(facts.public_namespaces);
    if (facts.objects && *facts.objects) {
        for (const auto& [path, refusal] : (*facts.objects)->denied) {
            if (!std::ranges::contains(paths, path)) {
                paths.push_back(path);
            }
        }
    }
    note(facts.broker_url);
    if (!paths.empty()) {
        findings.push_back(finding(
            "pulsar.permission.denied", Level::degraded,
            fmt::format("authentication: the token is not a superuser's: alive, not verifiable: {}",
                        fmt::join(paths, ", ")),
            kTokenAdvice));
    }
}

Finding object_finding(const Comparison& object, const Agent& agent) {
    const std::string what = fmt::format("{} {}", object.kind, object.name);
    const std::string code = fmt::format("pulsar.{}", object.kind);
    const Level absent = absent_level(agent);
    switch (object.standing) {
        case Standing::same:
        case Standing::unknown:
            break;
        case Standing::absent:
            return absent == Level::starting
                       ? finding(code + ".missing", absent,
                                 staged(Stage::objects, absent, what + " is not there yet"))
                       : finding(code + ".missing", absent, what + " is missing", kSeePlan);
        case Standing::differs: {
            Finding drift = finding(code + ".drift", Level::degraded, what + " differs", kSeePlan);
            drift.measured = object.measured;
            drift.wanted = object.wanted;
            return drift;
        }
        case Standing::invalid:
            return finding(
                code + ".invalid", Level::unhealthy,
                fmt::format("{} (declared at {}) cannot exist", what, object.declared_at),
                object.wanted);
    }
    return finding(
        code + ".ok", Level::ok,
        fmt::format("{} is there{}{}", what, object.wanted.empty() ? "" : ": ", object.wanted));
}

void add_objects(const PulsarConfig& config, const Facts& facts, const Agent& agent,
                 std::vector<Finding>& findings) {
    if (!facts.objects) {
        return;
    }
    if (*facts.objects) {
        for (const Comparison& object : compare_all(config, **facts.objects)) {
            if (object.standing != Standing::unknown) {  // add_denied() names it
                findings.push_back(object_finding(object, agent));
            }
        }
    } else {
        const Error& error = facts.objects->error();
        if (error.kind == ErrorKind::shortage) {
            findings.push_back(shortage(error.text, absent_level(agent)));
            return;
        }
        const Level level = absent_level(agent);
        const std::string text =
            error.kind == ErrorKind::timeout ? "health " + error.text : error.text;
        findings.push_back(finding(failure_code(error.kind, "pulsar.objects.failed"), level,
                                   staged(Stage::objects, level, text)));
        findings.back().liveness = is_silence(error.kind);
        findings.back().no_way = is_no_way(error.kind);
    }
}

// The host of "pulsar://host:port", and of an IPv6 literal what is in the brackets.
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
        self ? "pulsar.advertised.loopback" : "pulsar.advertised.drift", Level::degraded,
        self ? "clients in other containers are sent to themselves" : "clients are sent elsewhere",
        "set advertisedListeners and internalListenerName");
    drift.measured = broker_url;
    drift.wanted = declared;
    return drift;
}

void add_advertised(const PulsarConfig& config, const Facts& facts,
                    std::vector<Finding>& findings) {
    if (!facts.broker_url) {
        return;
    }
    const Result<std::optional<std::string>>& answer = *facts.broker_url;
    if (!answer) {
        if (answer.error().kind == ErrorKind::shortage) {
            findings.push_back(shortage(answer.error().text, Level::degraded));
        } else if (!denied(answer.error())) {
            findings.push_back(finding("pulsar.lookup.failed", Level::degraded,
                                       "a client's lookup fails: " + answer.error().text, kSeeLog));
        }
        return;
    }
    const std::optional<std::string>& url = *answer;
    findings.push_back(url ? advertised_finding(*config.advertised, *url)
                           : finding("pulsar.advertised.ok", Level::ok,
                                     "another broker owns the topic looked up: not verified"));
}

std::string age_text(std::int64_t age_ms) {
    return fmt::format("{} s ago", (age_ms + 500) / 1000);
}

// "health answered ok in 31 ms (12 s ago)"
std::string deep_text(const DeepFact& deep) {
    std::string known = deep.result
                            ? fmt::format("{} ({})", deep.result->text, age_text(deep.age_ms))
                            : std::string{};
    switch (deep.source) {
        case DeepFact::Source::agent:
            return known;
        case DeepFact::Source::asked:
            return deep.result ? deep.result->text : std::string{};
        case DeepFact::Source::earlier:
            return known + ", not asked again so soon";
        case DeepFact::Source::busy:
            return known.empty() ? "health: another process is asking, not verified"
                                 : known + ", another process is asking";
        case DeepFact::Source::no_time:
            return "health: no time was left to ask: raise --timeout";
    }
    return known;
}

Level deep_level(const DeepFact& deep, const Agent& agent) {
    const bool verified =
        deep.source != DeepFact::Source::busy && deep.source != DeepFact::Source::no_time;
    const Level known = deep.result ? deep.result->level : Level::ok;
    if (verified && known != Level::unhealthy) {
        return known;
    }
    // Not verified, or not healthy: of a broker that is still being set up that is a stage.
    if (agent && agent->phase == Phase::pending) {
        return Level::starting;
    }
    return std::max(known, Level::degraded);
}

std::string_view deep_code(const DeepFact& deep, Level level) {
    if (deep.result && deep.result->level == Level::unhealthy) {
        return "pulsar.health.failed";
    }
    return level == Level::ok ? "pulsar.health.ok" : "pulsar.health.unavailable";
}

void add_deep(const Facts& facts, const Agent& agent, std::vector<Finding>& findings) {
    if (facts.deep) {
        const Level level = deep_level(*facts.deep, agent);
        const char* advice = level == Level::unhealthy
                                 ? "the ledgers' storage may be dead: see the server's log"
                                 : "";
        findings.push_back(finding(deep_code(*facts.deep, level), level,
                                   staged(Stage::health, level, deep_text(*facts.deep)), advice));
    }
}

void add_canary(const Facts& facts, std::vector<Finding>& findings) {
    if (!facts.deep || !facts.deep->result || !facts.deep->result->canary) {
        return;
    }
    const CanaryResult& canary = *facts.deep->result->canary;
    switch (canary.level) {
        case Level::ok:
            findings.push_back(finding("pulsar.canary.ok", Level::ok, canary.text));
            break;
        case Level::unhealthy:
            findings.push_back(
                finding("pulsar.canary.failed", Level::unhealthy, "canary: " + canary.text,
                        "what needs a new ledger fails: see the server's log, then restart it"));
            break;
        default:
            findings.push_back(finding("pulsar.canary.unavailable", Level::degraded,
                                       "no canary: " + canary.text,
                                       "permit it, or set pulsar.canary = false"));
            break;
    }
}

std::string counted(std::size_t count, const char* noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// "1 tenant, 3 namespaces, 3 topics as declared, deep health ok 12 s ago", for a first line that is
// shown only when all of it holds.
std::string verified_text(const PulsarConfig& config, const Facts& facts) {
    const bool none = config.tenants.empty() && config.namespaces.empty() && config.topics.empty();
    std::string text =
        none ? "nothing declared"
             : fmt::format("{}, {}, {} as declared", counted(config.tenants.size(), "tenant"),
                           counted(config.namespaces.size(), "namespace"),
                           counted(config.topics.size(), "topic"));
    if (facts.deep && facts.deep->result) {
        text += facts.deep->source == DeepFact::Source::asked
                    ? ", deep health ok"
                    : ", deep health ok " + age_text(facts.deep->age_ms);
    }
    return text;
}

}  // namespace

Verdict assess(const PulsarConfig& config, const Facts& facts, const Agent& agent) {
    Verdict verdict{
        .service = "pulsar", .server = {}, .verified = {}, .findings = {}, .elapsed = {}};
    if (facts.ready && *facts.ready) {
        verdict.server = facts.version.empty() ? "Pulsar" : "Pulsar " + facts.version;
    }
    add_climbed(config, facts, verdict.findings);
    if (const auto obstacle = first_obstacle(config, facts)) {
        verdict.findings.push_back(obstacle_finding(*obstacle, agent));
        return verdict;
    }
    add_denied(facts, verdict.findings);
    add_objects(config, facts, agent, verdict.findings);
    add_advertised(config, facts, verdict.findings);
    add_deep(facts, agent, verdict.findings);
    add_canary(facts, verdict.findings);
    verdict.verified = verified_text(config, facts);
    return verdict;
}

}  // namespace arc::pulsar
