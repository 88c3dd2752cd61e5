#include "nats/assess.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/units.hpp"
#include "base/volume.hpp"
#include "health/shortage.hpp"
#include "nats/differences.hpp"
#include "nats/subject.hpp"

namespace arc::nats {
namespace {

const char* const kBootstrap = "run `arc-sidecar bootstrap nats`";
const char* const kDryRun = "see `arc-sidecar bootstrap --dry-run`";
const char* const kWait = "nothing to do";

Finding finding(std::string code, Level level, std::string text, std::string advice = {}) {
    return {.code = std::move(code),
            .level = level,
            .text = std::move(text),
            .measured = {},
            .wanted = {},
            .advice = std::move(advice)};
}

// --- the client port ---

std::string access_advice(const NatsConfig& config) {
    if (!config.creds->empty()) {
        return "the server did not take the credentials: see ARC_NATS_CREDS_FILE";
    }
    if (!config.nkey->empty()) {
        return "the server did not take the nkey: see ARC_NATS_NKEY_FILE";
    }
    if (!config.token->empty()) {
        return "the server did not take the token: see ARC_NATS_TOKEN_FILE";
    }
    if (!config.user->empty()) {
        return fmt::format(
            "the server did not take user '{}': see ARC_NATS_USER and ARC_NATS_PASSWORD_FILE",
            *config.user);
    }
    return "the server wants credentials: set ARC_NATS_USER and ARC_NATS_PASSWORD_FILE, "
           "ARC_NATS_TOKEN_FILE, ARC_NATS_NKEY_FILE or "
           "ARC_NATS_CREDS_FILE";
}

// The server quotes what it does not permit: -ERR 'Permissions Violation for Publish to
// "$JS.API.STREAM.INFO.A"'.
std::string permission_advice(std::string_view words, std::string_view what) {
    const std::string_view subject = denied_subject(words);
    return fmt::format("alive, {} not verifiable: permit {} {}", what,
                       subject.empty() ? "subscribing to" : "publishing to",
                       subject.empty() ? "_INBOX.>" : subject);
}

std::string client_code(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::timeout:
            return "nats.connection.timeout";
        case ErrorKind::refused:
            return "nats.connection.refused";
        case ErrorKind::unreachable:
            return "nats.connection.unreachable";
        case ErrorKind::unresolved:
            return "nats.connection.unresolved";
        case ErrorKind::tls:
            return "nats.connection.tls";
        case ErrorKind::auth:
            return "nats.authentication.failed";
        case ErrorKind::permission:
            return "nats.permission.denied";
        case ErrorKind::protocol:
            return "nats.connection.protocol";
        case ErrorKind::rejected:
            return "nats.connection.rejected";
        case ErrorKind::config:
            return "nats.connection.misconfigured";
        case ErrorKind::io:
        case ErrorKind::shortage:
            break;
    }
    return "nats.connection.broken";
}

}  // namespace

Finding no_client(const Error& error, const NatsConfig& config, Level absent) {
    const std::string code = client_code(error.kind);
    switch (error.kind) {
        case ErrorKind::shortage:
            return shortage(error.text, absent);
        case ErrorKind::auth:
            return finding(code, Level::unhealthy, error.text, access_advice(config));
        case ErrorKind::permission:
            return finding(code, Level::unhealthy, error.text,
                           permission_advice(error.text, "streams"));
        case ErrorKind::protocol:
            return finding(code, Level::unhealthy, error.text,
                           "compare ARC_NATS_URL with the server's port");
        case ErrorKind::tls:
        case ErrorKind::config:
            return finding(code, Level::unhealthy, error.text);  // the text says what to set
        case ErrorKind::rejected:
        case ErrorKind::io:
            return finding(code, Level::unhealthy, error.text, "see the server's log");
        default:
            break;
    }
    const bool starting = absent == Level::starting;
    Finding silent =
        finding(code, absent, error.text,
                starting ? "the server is being started: nothing to do"
                         : "is nats-server running there? see ARC_NATS_URL and its log");
    silent.liveness = true;
    return silent;
}

namespace {

// Nobody on the client port, and the monitor tells why: JetStream recovers before the server
// listens for clients, and in lame duck mode (SIGUSR2) the server closes that port and waits for
// its clients to go. /healthz says the same of both (2.10, 2.15); only the second has clients.
Finding explained_by_monitor(const Error& error, const MonitorFacts& monitor,
                             const NatsConfig& config) {
    if (monitor.health.status != 200 && monitor.varz.clients > 0 &&
        monitor.varz.port == config.url->port) {
        return finding(
            "nats.server.draining", Level::unhealthy,
            fmt::format("{} is closed and {} {} left: lame duck mode, the server is about to end",
                        config.url->port, monitor.varz.clients,
                        monitor.varz.clients == 1 ? "client is" : "clients are"),
            "start it again, if nobody else does");
    }
    if (monitor.health.status != 200) {
        return finding(
            "nats.jetstream.recovering", Level::starting,
            fmt::format("{} is not open yet, the monitoring port answers: JetStream is recovering",
                        config.url->port),
            kWait);
    }
    return finding("nats.connection.refused", Level::unhealthy, error.text,
                   fmt::format("the server listens for clients on port {}: see ARC_NATS_URL",
                               monitor.varz.port));
}

// --- JetStream and the streams ---

Finding jetstream_off(const ClientFacts& client) {
    const std::string words = client.jetstream_error.empty()
                                  ? std::string{}
                                  : fmt::format(" (the server: {})", client.jetstream_error);
    return finding("nats.jetstream.disabled", Level::unhealthy, "JetStream disabled" + words,
                   "start nats-server with -js or a jetstream { } block; if it had one, its log "
                   "says why it was shut down");
}

// The monitor may know why: "JetStream has not established contact with a meta leader".
Finding silent(const std::string& silence, const MonitorFacts* monitor, Level absent) {
    const bool told = monitor != nullptr && !monitor->health.problems.empty();
    return finding("nats.jetstream.timeout", absent,
                   fmt::format("JetStream does not answer: {}",
                               told ? monitor->health.problems.front().text : silence),
                   kSilentAdvice);
}

bool is_damaged(const std::string& stream, const MonitorFacts* monitor) {
    const auto named = [&stream](const HealthProblem& problem) {
        return problem.kind == HealthProblem::Kind::damaged && problem.stream == stream;
    };
    return monitor != nullptr && std::ranges::any_of(monitor->health.problems, named);
}

Finding missing(const std::string& name, Level absent) {
    if (absent == Level::starting) {
        return finding("nats.stream.missing", absent, fmt::format("stream {} is missing", name),
                       "the agent is creating it: nothing to do");
    }
    return finding("nats.stream.missing", absent, fmt::format("stream {} is missing", name),
                   kBootstrap);
}

// A stream of a cluster.
void judge_copies(std::vector<Finding>& findings, const Copies& copies, const std::string& name,
                  Level absent) {
    if (copies.leaderless) {
        findings.push_back(finding(
            "nats.stream.leaderless", absent,
            fmt::format("stream {} has no leader and takes no message", name),
            fmt::format("see the servers that hold it: {}", fmt::join(copies.servers, ", "))));
    } else if (!copies.unseen.empty()) {
        findings.push_back(finding("nats.stream.underreplicated", Level::degraded,
                                   fmt::format("stream {}: {} of {} copies not seen", name,
                                               copies.unseen.size(), copies.servers.size()),
                                   fmt::format("see {}", fmt::join(copies.unseen, ", "))));
    }
}

void judge_stream(std::vector<Finding>& findings, const StreamState& state,
                  const StreamSpec& declared, Level absent) {
    if (!state.denied.empty()) {
        findings.push_back(finding("nats.permission.denied", Level::unhealthy, state.denied,
                                   permission_advice(state.denied, "stream " + declared.name)));
        return;
    }
    if (state.silent) {
        findings.push_back(
            finding("nats.stream.timeout", absent,
                    fmt::format("stream {} does not answer, others do", declared.name),
                    "see the server that holds it, in a cluster its leader"));
        return;
    }
    if (state.error) {
        findings.push_back(
            finding("nats.stream.failed", absent,
                    fmt::format("stream {}: {}", declared.name, words_of(*state.error)),
                    "see the server's log"));
        return;
    }
    if (!state.stream) {
        findings.push_back(missing(declared.name, absent));
        return;
    }
    judge_copies(findings, state.stream->copies, declared.name, absent);
    const auto found = differences(*state.stream, declared);
    for (const Difference& difference : found) {
        findings.push_back({.code = "nats.stream.drift",
                            .level = Level::degraded,
                            .text = fmt::format("stream {} differs", declared.name),
                            .measured = fmt::format("{} {}", difference.field, difference.measured),
                            .wanted = difference.wanted,
                            .advice = kDryRun});
    }
    if (found.empty()) {
        findings.push_back(finding("nats.stream.ok", Level::ok,
                                   fmt::format("stream {} is as declared", declared.name)));
    }
}

void judge_canary(std::vector<Finding>& findings, const Canary& canary) {
    switch (canary.outcome) {
        case Canary::Outcome::stored:
            findings.push_back(finding("nats.canary.ok", Level::ok, "a message was stored"));
            break;
        case Canary::Outcome::failed:
            findings.push_back(finding("nats.canary.failed", Level::unhealthy,
                                       "canary: " + canary.text,
                                       "nothing can be stored: see the disk and the server's log"));
            break;
        case Canary::Outcome::unavailable:
            findings.push_back(finding("nats.canary.unavailable", Level::degraded,
                                       "no canary: " + canary.text,
                                       "permit it, or set nats.canary = false"));
            break;
    }
}

void judge_client(std::vector<Finding>& findings, const ClientFacts& client,
                  const NatsConfig& config, const MonitorFacts* monitor, Level absent) {
    findings.push_back(
        finding("nats.connection.ok", Level::ok, fmt::format("{} answers", config.url->port)));
    if (!client.jetstream) {
        findings.push_back(jetstream_off(client));
        return;
    }
    if (!client.silence.empty()) {
        findings.push_back(silent(client.silence, monitor, absent));
        return;
    }
    findings.push_back(client.jetstream_error.empty()
                           ? finding("nats.jetstream.ok", Level::ok, "JetStream enabled")
                           : finding("nats.jetstream.failed", absent,
                                     "JetStream: " + client.jetstream_error,
                                     "see the server's log"));
    for (std::size_t i = 0; i < config.streams.size() && i < client.streams.size(); ++i) {
        const StreamState& state = client.streams[i];
        // A damaged stream is absent, too; what counts is that its files are still there, and
        // judge_health() says so.
        if (state.stream || !is_damaged(config.streams[i].name, monitor)) {
            judge_stream(findings, state, config.streams[i], absent);
        }
    }
    if (client.canary) {
        judge_canary(findings, *client.canary);
    }
}

// --- the monitoring port ---

std::string monitor_code(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::timeout:
            return "nats.monitor.timeout";
        case ErrorKind::refused:
            return "nats.monitor.refused";
        case ErrorKind::unreachable:
            return "nats.monitor.unreachable";
        case ErrorKind::unresolved:
            return "nats.monitor.unresolved";
        case ErrorKind::tls:
            return "nats.monitor.tls";
        case ErrorKind::config:
            return "nats.monitor.misconfigured";
        case ErrorKind::io:
        case ErrorKind::shortage:
            return "nats.monitor.broken";
        case ErrorKind::auth:
        case ErrorKind::permission:
        case ErrorKind::protocol:
        case ErrorKind::rejected:
            break;
    }
    return "nats.monitor.protocol";
}

Finding no_monitor(const Error& error, const NatsConfig& config, Level absent) {
    if (error.kind == ErrorKind::shortage) {
        return shortage("its monitoring port: " + error.text, absent);
    }
    const std::string code = monitor_code(error.kind);
    if (error.kind == ErrorKind::refused) {
        return finding(code, Level::degraded,
                       fmt::format("{} answers, monitoring port {} refused", config.url->port,
                                   config.monitor_url->port),
                       fmt::format("start with -m {} / http_port", config.monitor_url->port));
    }
    const bool told = error.kind == ErrorKind::tls || error.kind == ErrorKind::config;
    return finding(
        code, Level::degraded,
        fmt::format("{} answers, the monitoring port does not: {}", config.url->port, error.text),
        told ? "" : "see ARC_NATS_MONITOR_URL");
}

Finding leaderless(const HealthProblem& problem, Level absent) {
    return finding("nats.cluster.leaderless", absent, problem.text,
                   absent == Level::starting ? kWait : "see the other servers of its cluster");
}

void judge_health(std::vector<Finding>& findings, const Health& health, Level absent) {
    for (const HealthProblem& problem : health.problems) {
        switch (problem.kind) {
            case HealthProblem::Kind::damaged:
                findings.push_back(finding("nats.stream.damaged", Level::unhealthy, problem.text,
                                           "its files are damaged: restore them before anything "
                                           "creates a stream of that name"));
                break;
            case HealthProblem::Kind::stuck:
                findings.push_back(
                    finding("nats.stream.stuck", Level::unhealthy, problem.text,
                            "it takes no message any more: make room, then restart the server"));
                break;
            case HealthProblem::Kind::passing:
                findings.push_back(
                    finding("nats.jetstream.recovering", Level::starting, problem.text, kWait));
                break;
            case HealthProblem::Kind::leaderless:
                findings.push_back(leaderless(problem, absent));
                break;
            case HealthProblem::Kind::other:
                findings.push_back(finding("nats.health.failed", Level::unhealthy, problem.text,
                                           "see the server's log"));
                break;
        }
    }
    if (health.problems.empty()) {
        const bool good = health.status == 200;
        findings.push_back(finding(
            good ? "nats.health.ok" : "nats.health.failed", good ? Level::ok : Level::unhealthy,
            good ? std::string("/healthz is 200") : fmt::format("/healthz is {}", health.status),
            good ? "" : "see the server's log"));
    }
}

void judge_limit(std::vector<Finding>& findings, std::string_view name, std::string_view setting,
                 const Usage& usage) {
    if (usage.limit <= 0) {
        return;
    }
    const double percent =
        100.0 * static_cast<double>(usage.used) / static_cast<double>(usage.limit);
    const bool full = percent >= static_cast<double>(kFullPercent);
    findings.push_back(finding(
        fmt::format("nats.{}.{}", name, full ? "full" : "ok"), full ? Level::degraded : Level::ok,
        fmt::format("JetStream's {} is {:.0f} % used: {} of {}", name, percent,
                    format_size(usage.used), format_size(usage.limit)),
        full ? fmt::format("raise {} or let streams keep less", setting) : std::string{}));
}

// --- the store ---

Finding outside(const Varz& varz, const NatsConfig& config) {
    return finding(
        "nats.store.outside", Level::unhealthy,
        fmt::format("JetStream stores in {}, which is not on the declared volume {}",
                    varz.store_dir, *config.data_dir),
        fmt::format("set store_dir (-sd) to {}: what is stored elsewhere goes with the container",
                    *config.data_dir));
}

void judge_place(std::vector<Finding>& findings, const Varz& varz, const VolumeFacts& store,
                 const NatsConfig& config) {
    const bool by_name = is_below(varz.store_dir, *config.data_dir);
    const bool seen = !store.real_store.empty() && !store.real_data_dir.empty();
    if (seen ? !is_below(store.real_store, store.real_data_dir) : !by_name) {
        findings.push_back(outside(varz, config));
        return;
    }
    if (!store.mounted) {
        findings.push_back(finding(
            "nats.store.ok", Level::ok,
            fmt::format("the store is below {}; whether that is a volume is not visible from here",
                        *config.data_dir)));
    } else if (!*store.mounted) {
        findings.push_back(finding(
            "nats.store.unmounted", Level::unhealthy,
            fmt::format("the declared volume {} is not a mount: its data goes with the container",
                        *config.data_dir),
            fmt::format("mount a volume on {}", *config.data_dir)));
    } else if (store.filesystem == "tmpfs" || store.filesystem == "ramfs") {
        findings.push_back(
            finding("nats.store.volatile", Level::degraded,
                    fmt::format("the declared volume {} is a {}: it does not outlive the container",
                                *config.data_dir, store.filesystem),
                    fmt::format("mount a volume on {}", *config.data_dir)));
    } else {
        findings.push_back(finding("nats.store.ok", Level::ok,
                                   fmt::format("the store is on the volume {}", *config.data_dir)));
    }
}

void judge_room(std::vector<Finding>& findings, std::int64_t available,
                const std::string& store_dir, std::int64_t wanted) {
    Finding room = finding("nats.disk.ok", Level::ok,
                           fmt::format("{} has {} free", store_dir, format_size(available)));
    if (available < kNoRoom) {
        room.code = "nats.disk.full";
        room.level = Level::unhealthy;
        room.text =
            fmt::format("the disk is full: store {} has {} bytes free", store_dir, available);
        room.advice = "make room: the server refuses messages that it cannot write";
    } else if (available < wanted) {
        room.code = "nats.disk.full";
        room.level = Level::degraded;
        room.text = fmt::format("store {} has {} bytes free ({}), less than {}", store_dir,
                                available, format_size(available), format_size(wanted));
        room.advice = "make room, or set ARC_NATS_MIN_FREE";
    }
    findings.push_back(std::move(room));
}

void judge_store(std::vector<Finding>& findings, const Varz& varz, const VolumeFacts& store,
                 const NatsConfig& config) {
    if (store.available) {
        judge_room(findings, *store.available, varz.store_dir, *config.min_free);
    }
    judge_limit(findings, "storage", "max_file_store", varz.storage);
    judge_limit(findings, "memory", "max_memory_store", varz.memory);
    if (!config.data_dir->empty()) {
        judge_place(findings, varz, store, config);
    }
}

std::string verified(const Facts& facts, const NatsConfig& config) {
    const std::size_t count = config.streams.size();
    std::string text =
        count == 0 ? std::string{}
                   : fmt::format("{} {} as declared, ", count, count == 1 ? "stream" : "streams");
    text += "JetStream";
    if (facts.monitor) {
        text += fmt::format(" on {}", facts.monitor->varz.store_dir);
    }
    if (facts.store.available) {
        text += fmt::format(", {} free", format_size(*facts.store.available));
    }
    return text;
}

void judge_monitor(std::vector<Finding>& findings, const Facts& facts, const NatsConfig& config,
                   Level absent) {
    if (!facts.monitor) {
        findings.push_back(no_monitor(facts.monitor.error(), config, absent));
        return;
    }
    judge_health(findings, facts.monitor->health, absent);
    if ((!facts.client || facts.client->jetstream) && facts.monitor->varz.jetstream) {
        judge_store(findings, facts.monitor->varz, facts.store, config);
    }
}

// The client is let in and may not ask: what the monitoring port tells needs no permission.
void judge_without_permission(std::vector<Finding>& findings, const Facts& facts,
                              const NatsConfig& config, Level absent) {
    findings.push_back(facts.monitor->varz.jetstream
                           ? finding("nats.jetstream.ok", Level::ok, "JetStream enabled")
                           : jetstream_off({}));
    judge_monitor(findings, facts, config, absent);
}

}  // namespace

Verdict assess(const Facts& facts, const NatsConfig& config, Level absent) {
    Verdict verdict{.service = "nats", .server = {}, .verified = {}, .findings = {}};
    if (facts.monitor) {
        verdict.server = fmt::format("nats-server {}", facts.monitor->varz.version);
    } else if (facts.client) {
        verdict.server = "nats-server";
    }
    if (!facts.client) {
        const Error& error = facts.client.error();
        const bool explained = facts.monitor.has_value() && error.kind == ErrorKind::refused;
        verdict.findings.push_back(explained ? explained_by_monitor(error, *facts.monitor, config)
                                             : no_client(error, config, absent));
        if (error.kind == ErrorKind::permission && facts.monitor) {
            judge_without_permission(verdict.findings, facts, config, absent);
        }
        return verdict;
    }
    judge_client(verdict.findings, *facts.client, config, facts.monitor ? &*facts.monitor : nullptr,
                 absent);
    judge_monitor(verdict.findings, facts, config, absent);
    verdict.verified = verified(facts, config);
    return verdict;
}

}  // namespace arc::nats
