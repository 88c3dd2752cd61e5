#include "nats/assess.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/units.hpp"
#include "base/variant.hpp"
#include "base/volume.hpp"
#include "health/connection.hpp"
#include "nats/differences.hpp"
#include "nats/findings.hpp"
#include "nats/subject.hpp"

namespace arc::nats {
namespace {

const char* const kWait = "nothing to do";

Finding finding(NatsCode code, Level level, std::string text, std::string advice = {}) {
    return {.code = code,
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
std::string permission_advice(std::string_view refusal, std::string_view what) {
    const std::string_view subject = denied_subject(refusal);
    return fmt::format("alive, {} not verifiable: permit {} {}", what,
                       subject.empty() ? "subscribing to" : "publishing to",
                       subject.empty() ? "_INBOX.>" : subject);
}

constexpr ConnectionCodes<kFindings> kClientCodes{"nats.connection."};
constexpr ConnectionCodes<kFindings> kMonitorCodes{"nats.monitor."};

// The code of an error on the client port, which can also reject this user or every client.
NatsCode client_code(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::auth:
            return "nats.authentication.failed";
        case ErrorKind::permission:
            return "nats.permission.denied";
        case ErrorKind::rejected:
            return "nats.connection.rejected";
        default:
            return kClientCodes.of(kind);
    }
}

}  // namespace

Finding no_client(const Error& error, const NatsConfig& config, Level absent) {
    const NatsCode code = client_code(error.kind);
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

// The client port refuses connections, and the monitor reports why. JetStream recovers before the
// server listens for clients. In lame duck mode (SIGUSR2) the server closes that port and waits
// until its clients disconnect. /healthz reports both alike (2.10, 2.15); only the second has
// clients.
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

Finding jetstream_off(const JetStreamDisabled& off) {
    const std::string why = off.reason ? fmt::format(" (the server: {})", *off.reason) : "";
    return finding("nats.jetstream.disabled", Level::unhealthy, "JetStream disabled" + why,
                   "start nats-server with -js or a jetstream { } block; if it had one, its log "
                   "says why it was shut down");
}

// The monitor may know why: "JetStream has not established contact with a meta leader".
Finding silent(const JetStreamSilent& silence, const MonitorFacts* monitor, Level absent) {
    const bool explained = monitor != nullptr && !monitor->health.problems.empty();
    return finding("nats.jetstream.timeout", absent,
                   fmt::format("JetStream does not answer: {}",
                               explained ? monitor->health.problems.front().text : silence.text),
                   kSilentAdvice);
}

bool is_damaged(const std::string& stream, const MonitorFacts* monitor) {
    const auto named = [&stream](const HealthProblem& problem) {
        const auto* damaged = std::get_if<HealthProblem::Damaged>(&problem.cause);
        return damaged != nullptr && damaged->stream == stream;
    };
    return monitor != nullptr && std::ranges::any_of(monitor->health.problems, named);
}

Finding missing(const std::string& name, Level absent) {
    return finding("nats.stream.missing", absent, fmt::format("stream {} is missing", name),
                   absent == Level::starting ? "the agent is creating it: nothing to do"
                                             : "run `arc-sidecar bootstrap nats`");
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

void judge_present(std::vector<Finding>& findings, const Stream& stream, const StreamSpec& declared,
                   Level absent) {
    judge_copies(findings, stream.copies, declared.name, absent);
    const auto found = differences(stream, declared);
    for (const Difference& difference : found) {
        findings.push_back({.code = NatsCode("nats.stream.drift"),
                            .level = Level::degraded,
                            .text = fmt::format("stream {} differs", declared.name),
                            .measured = fmt::format("{} {}", difference.field, difference.measured),
                            .wanted = difference.wanted,
                            .advice = "see `arc-sidecar bootstrap --dry-run`"});
    }
    if (found.empty()) {
        findings.push_back(finding("nats.stream.ok", Level::ok,
                                   fmt::format("stream {} is as declared", declared.name)));
    }
}

void judge_stream(std::vector<Finding>& findings, const StreamState& state,
                  const StreamSpec& declared, Level absent) {
    const std::string& name = declared.name;
    const auto add = [&](Finding found) { findings.push_back(std::move(found)); };
    std::visit(
        Match{[&](const Missing&) { add(missing(name, absent)); },
              [&](const Stream& stream) { judge_present(findings, stream, declared, absent); },
              [&](const ApiError& error) {
                  add(finding("nats.stream.failed", absent,
                              fmt::format("stream {}: {}", name, describe(error)),
                              "see the server's log"));
              },
              [&](const Denied& denied) {
                  add(finding("nats.permission.denied", Level::unhealthy, denied.text,
                              permission_advice(denied.text, "stream " + name)));
              },
              [&](const Silent&) {
                  add(finding("nats.stream.timeout", absent,
                              fmt::format("stream {} does not answer, others do", name),
                              "see the server that holds it, in a cluster its leader"));
              }},
        state);
}

Finding canary_finding(const Canary& canary) {
    return std::visit(
        Match{[](const CanaryStored&) {
                  return finding("nats.canary.ok", Level::ok, "a message was stored");
              },
              [](const CanaryFailed& failed) {
                  return finding("nats.canary.failed", Level::unhealthy, "canary: " + failed.text,
                                 "nothing can be stored: see the disk and the server's log");
              },
              [](const CanaryUnavailable& unavailable) {
                  return finding("nats.canary.unavailable", Level::degraded,
                                 "no canary: " + unavailable.text,
                                 "permit it, or set nats.canary = false");
              }},
        canary);
}

void judge_running(std::vector<Finding>& findings, const JetStreamRunning& jetstream,
                   const std::vector<StreamSpec>& declared, const MonitorFacts* monitor,
                   Level absent) {
    findings.push_back(jetstream.error
                           ? finding("nats.jetstream.failed", absent,
                                     "JetStream: " + jetstream.error->description,
                                     "see the server's log")
                           : finding("nats.jetstream.ok", Level::ok, "JetStream enabled"));
    for (std::size_t i = 0; i < declared.size() && i < jetstream.streams.size(); ++i) {
        const StreamState& state = jetstream.streams[i];
        // A damaged stream is absent, too; what counts is that its files are still there, and
        // judge_health() says so.
        if (std::holds_alternative<Stream>(state) || !is_damaged(declared[i].name, monitor)) {
            judge_stream(findings, state, declared[i], absent);
        }
    }
}

void judge_jetstream(std::vector<Finding>& findings, const JetStreamState& jetstream,
                     const NatsConfig& config, const MonitorFacts* monitor, Level absent) {
    findings.push_back(
        finding("nats.connection.ok", Level::ok, fmt::format("{} answers", config.url->port)));
    std::visit(Match{[&](const JetStreamDisabled& off) { findings.push_back(jetstream_off(off)); },
                     [&](const JetStreamSilent& silence) {
                         findings.push_back(silent(silence, monitor, absent));
                     },
                     [&](const JetStreamRunning& running) {
                         judge_running(findings, running, config.streams, monitor, absent);
                     }},
               jetstream);
}

// --- the monitoring port ---

Finding no_monitor(const Error& error, const NatsConfig& config, Level absent) {
    if (error.kind == ErrorKind::shortage) {
        return shortage("its monitoring port: " + error.text, absent);
    }
    const NatsCode code = kMonitorCodes.of(error.kind);
    if (error.kind == ErrorKind::refused) {
        return finding(code, Level::degraded,
                       fmt::format("{} answers, monitoring port {} refused", config.url->port,
                                   config.monitor_url->port),
                       fmt::format("start with -m {} / http_port", config.monitor_url->port));
    }
    const bool says_it = error.kind == ErrorKind::tls || error.kind == ErrorKind::config;
    return finding(
        code, Level::degraded,
        fmt::format("{} answers, the monitoring port does not: {}", config.url->port, error.text),
        says_it ? "" : "see ARC_NATS_MONITOR_URL");
}

Finding problem_finding(const HealthProblem& problem, Level absent) {
    const std::string& text = problem.text;
    return std::visit(
        Match{[&](const HealthProblem::Other&) {
                  return finding("nats.health.failed", Level::unhealthy, text,
                                 "see the server's log");
              },
              [&](const HealthProblem::Recovering&) {
                  return finding("nats.jetstream.recovering", Level::starting, text, kWait);
              },
              [&](const HealthProblem::Leaderless&) {
                  return finding(
                      "nats.cluster.leaderless", absent, text,
                      absent == Level::starting ? kWait : "see the other servers of its cluster");
              },
              [&](const HealthProblem::Damaged&) {
                  return finding("nats.stream.damaged", Level::unhealthy, text,
                                 "its files are damaged: restore them before anything creates a "
                                 "stream of that name");
              },
              [&](const HealthProblem::Stuck&) {
                  return finding(
                      "nats.stream.stuck", Level::unhealthy, text,
                      "it takes no message any more: make room, then restart the server");
              }},
        problem.cause);
}

void judge_health(std::vector<Finding>& findings, const Health& health, Level absent) {
    for (const HealthProblem& problem : health.problems) {
        findings.push_back(problem_finding(problem, absent));
    }
    if (health.problems.empty()) {
        const std::string text = fmt::format("/healthz is {}", health.status);
        findings.push_back(health.status == 200 ? finding("nats.health.ok", Level::ok, text)
                                                : finding("nats.health.failed", Level::unhealthy,
                                                          text, "see the server's log"));
    }
}

struct LimitCodes {
    std::string_view name;
    std::string_view setting;  // of the server's configuration
    NatsCode ok;
    NatsCode full;
};

constexpr LimitCodes kStorage{"storage", "max_file_store", "nats.storage.ok", "nats.storage.full"};
constexpr LimitCodes kMemory{"memory", "max_memory_store", "nats.memory.ok", "nats.memory.full"};

void judge_limit(std::vector<Finding>& findings, const LimitCodes& codes, const Usage& usage) {
    if (usage.limit.value_or(0) <= 0) {
        return;
    }
    const double percent =
        100.0 * static_cast<double>(usage.used) / static_cast<double>(*usage.limit);
    const bool full = percent >= static_cast<double>(kFullPercent);
    findings.push_back(finding(
        full ? codes.full : codes.ok, full ? Level::degraded : Level::ok,
        fmt::format("JetStream's {} is {:.0f} % used: {} of {}", codes.name, percent,
                    format_size(usage.used), format_size(*usage.limit)),
        full ? fmt::format("raise {} or let streams keep less", codes.setting) : std::string{}));
}

// --- the store ---

Finding volume_finding(const std::string& store_dir, const VolumeFacts& store,
                       const NatsConfig& config) {
    const std::string& volume = *config.data_dir;
    const bool resolved = store.real_store && store.real_data_dir;
    if (resolved ? !is_below(*store.real_store, *store.real_data_dir)
                 : !is_below(store_dir, volume)) {
        return finding(
            "nats.store.outside", Level::unhealthy,
            fmt::format("JetStream stores in {}, which is not on the declared volume {}", store_dir,
                        volume),
            fmt::format(
                "set store_dir (-sd) to {}: what is stored elsewhere goes with the container",
                volume));
    }
    if (!store.mounted) {
        return finding(
            "nats.store.ok", Level::ok,
            fmt::format("the store is below {}; whether that is a volume is not visible from here",
                        volume));
    }
    if (!*store.mounted) {
        return finding(
            "nats.store.unmounted", Level::unhealthy,
            fmt::format("the declared volume {} is not a mount: its data goes with the container",
                        volume),
            fmt::format("mount a volume on {}", volume));
    }
    if (store.filesystem == "tmpfs" || store.filesystem == "ramfs") {
        return finding(
            "nats.store.volatile", Level::degraded,
            fmt::format("the declared volume {} is a {}: it does not outlive the container", volume,
                        store.filesystem),
            fmt::format("mount a volume on {}", volume));
    }
    return finding("nats.store.ok", Level::ok,
                   fmt::format("the store is on the volume {}", volume));
}

Finding disk_finding(std::int64_t available, const std::string& store_dir, std::int64_t wanted) {
    if (available < kDiskFull) {
        return finding(
            "nats.disk.full", Level::unhealthy,
            fmt::format("the disk is full: store {} has {} bytes free", store_dir, available),
            "make room: the server refuses messages that it cannot write");
    }
    if (available < wanted) {
        return finding("nats.disk.full", Level::degraded,
                       fmt::format("store {} has {} bytes free ({}), less than {}", store_dir,
                                   available, format_size(available), format_size(wanted)),
                       "make room, or set ARC_NATS_MIN_FREE");
    }
    return finding("nats.disk.ok", Level::ok,
                   fmt::format("{} has {} free", store_dir, format_size(available)));
}

void judge_store(std::vector<Finding>& findings, const Storage& storage, const VolumeFacts& store,
                 const NatsConfig& config) {
    if (store.available) {
        findings.push_back(disk_finding(*store.available, storage.store_dir, *config.min_free));
    }
    judge_limit(findings, kStorage, storage.file);
    judge_limit(findings, kMemory, storage.memory);
    if (!config.data_dir->empty()) {
        findings.push_back(volume_finding(storage.store_dir, store, config));
    }
}

std::string verified(const Facts& facts, const NatsConfig& config) {
    const std::size_t count = config.streams.size();
    std::string text =
        count == 0 ? std::string{}
                   : fmt::format("{} {} as declared, ", count, count == 1 ? "stream" : "streams");
    text += "JetStream";
    if (const Storage* storage = find_storage(facts)) {
        text += fmt::format(" on {}", storage->store_dir);
    }
    if (facts.store.available) {
        text += fmt::format(", {} free", format_size(*facts.store.available));
    }
    return text;
}

void judge_monitor(std::vector<Finding>& findings, const Facts& facts, const NatsConfig& config,
                   Level absent) {
    if (const auto* error = std::get_if<Error>(&facts.monitor)) {
        findings.push_back(no_monitor(*error, config, absent));
    } else if (const auto* monitor = std::get_if<MonitorFacts>(&facts.monitor)) {
        judge_health(findings, monitor->health, absent);
    }
    const Storage* storage = find_storage(facts);
    const bool off = facts.jetstream && std::holds_alternative<JetStreamDisabled>(*facts.jetstream);
    if (storage != nullptr && !off) {
        judge_store(findings, *storage, facts.store, config);
    }
}

void judge_error(std::vector<Finding>& findings, const Error& error, const Facts& facts,
                 const NatsConfig& config, Level absent) {
    const auto* monitor = std::get_if<MonitorFacts>(&facts.monitor);
    const bool explained = monitor != nullptr && error.kind == ErrorKind::refused;
    findings.push_back(explained ? explained_by_monitor(error, *monitor, config)
                                 : no_client(error, config, absent));
    // The client is let in and may not ask: the monitoring port needs no permission.
    if (error.kind == ErrorKind::permission && monitor != nullptr) {
        findings.push_back(monitor->varz.jetstream
                               ? finding("nats.jetstream.ok", Level::ok, "JetStream enabled")
                               : jetstream_off({}));
        judge_monitor(findings, facts, config, absent);
    }
}

}  // namespace

Verdict assess(const Facts& facts, const Config& config, Level absent) {
    Verdict verdict{.service = "nats", .server = {}, .verified = {}, .findings = {}};
    const auto* monitor = std::get_if<MonitorFacts>(&facts.monitor);
    if (monitor != nullptr) {
        verdict.server = fmt::format("nats-server {}", monitor->varz.version);
    } else if (facts.jetstream) {
        verdict.server = "nats-server";
    }
    if (!facts.jetstream) {
        judge_error(verdict.findings, facts.jetstream.error(), facts, config_of(config), absent);
        return verdict;
    }
    judge_jetstream(verdict.findings, *facts.jetstream, config_of(config), monitor, absent);
    if (facts.canary) {
        verdict.findings.push_back(canary_finding(*facts.canary));
    }
    judge_monitor(verdict.findings, facts, config_of(config), absent);
    verdict.verified = verified(facts, config_of(config));
    return verdict;
}

}  // namespace arc::nats
