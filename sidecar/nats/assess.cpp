#include "nats/assess.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/durability.hpp"
#include "base/units.hpp"
#include "base/variant.hpp"
#include "base/volume.hpp"
#include "health/connection.hpp"
#include "health/store.hpp"
#include "nats/differences.hpp"
#include "nats/findings.hpp"
#include "nats/subject.hpp"

namespace arc::nats {
namespace {

constexpr ConnectionCodes<kFindings> kClientCodes{"nats.connection."};
constexpr ConnectionCodes<kFindings> kMonitorCodes{"nats.monitor."};

// The levels of what may be about to come.
struct Awaited {
    Level created;  // an object that does not exist
    Level elected;  // a group that has no leader, or does not answer
};

// A finding of one of these levels. While something is awaited there is nothing to do.
Finding awaited(NatsCode code, Level level, std::string text) {
    return {.code = code,
            .level = level,
            .text = std::move(text),
            .advice = std::string(level == Level::starting ? std::string_view{} : code->remedy)};
}

// A member that has started lately waits for elections, as each restart of a roll does.
Awaited awaited_levels(const MonitorFacts* monitor, const Config& config, Level absent) {
    const bool elects = config.cluster.is_member() && monitor != nullptr && monitor->varz.uptime &&
                        *monitor->varz.uptime < kElections;
    return {.created = absent, .elected = elects ? Level::starting : absent};
}

Level level_of(const ApiError& error, Awaited levels) {
    return is_temporary(error) ? levels.elected : levels.created;
}

// --- the client port ---

Finding not_authenticated(const std::string& refusal, const NatsConfig& config) {
    const auto rejected = [&](std::string_view what, std::string_view variables) {
        return Finding{.code = NatsCode("nats.authentication.failed"),
                       .text = fmt::format("the server rejects {} ({})", what, refusal),
                       .advice = fmt::format("Check {}.", variables)};
    };
    if (!config.creds->empty()) {
        return rejected("the credentials file", "ARC_NATS_CREDS_FILE");
    }
    if (!config.nkey->empty()) {
        return rejected("the nkey", "ARC_NATS_NKEY_FILE");
    }
    if (!config.token->empty()) {
        return rejected("the token", "ARC_NATS_TOKEN_FILE");
    }
    if (!config.user->empty()) {
        return rejected(fmt::format("user '{}'", *config.user),
                        "ARC_NATS_USER and ARC_NATS_PASSWORD_FILE");
    }
    return {.code = NatsCode("nats.authentication.failed"),
            .text = fmt::format("the server requires credentials ({})", refusal),
            .advice =
                "Set ARC_NATS_USER and ARC_NATS_PASSWORD_FILE, ARC_NATS_TOKEN_FILE, "
                "ARC_NATS_NKEY_FILE or ARC_NATS_CREDS_FILE."};
}

Finding rejected(const std::string& refusal) {
    Finding finding{.code = NatsCode("nats.connection.rejected"), .text = refusal};
    if (refusal.contains("maximum connections") || refusal.contains("maximum account")) {
        finding.advice =
            "Raise max_connections of the server or of the account, or close connections.";
    }
    return finding;
}

// `refusal` quotes the subject: -ERR 'Permissions Violation for Publish to
// "$JS.API.STREAM.INFO.A"'.
Finding not_permitted(std::string_view refusal, std::string_view what) {
    const std::string_view subject = denied_subject(refusal);
    return {
        .code = NatsCode("nats.permission.denied"),
        .text = fmt::format("{}, so {} cannot be verified", refusal, what),
        .advice = fmt::format("Permit {} {}.", subject.empty() ? "subscribing to" : "publishing to",
                              subject.empty() ? "_INBOX.>" : subject)};
}

}  // namespace

Finding no_client(const Error& error, const NatsConfig& config, Level absent) {
    switch (error.kind) {
        case ErrorKind::auth:
            return not_authenticated(error.text, config);
        case ErrorKind::permission:
            return not_permitted(error.text, "the streams");
        case ErrorKind::rejected:
            return rejected(error.text);
        default:
            return unanswered(kClientCodes.of(error.kind), error, absent);
    }
}

namespace {

// The client port refuses connections, and the monitor reports why. JetStream recovers before the
// server listens for clients. In lame duck mode (SIGUSR2) the server closes that port and waits
// until its clients disconnect. /healthz reports both alike (2.10, 2.15); only the second has
// clients.
Finding explained_by_monitor(const Error& error, const MonitorFacts& monitor,
                             const NatsConfig& config) {
    const std::uint16_t port = config.url->port;
    const std::int64_t clients = monitor.varz.clients;
    if (monitor.varz.port != port) {
        return {.code = NatsCode("nats.connection.refused"),
                .text = error.text,
                .advice =
                    fmt::format("Correct ARC_NATS_URL: the server listens for clients on port {}.",
                                monitor.varz.port)};
    }
    const bool recovering = std::ranges::any_of(monitor.health.problems, not_ready);
    if (recovering && clients > 0) {
        return {.code = NatsCode("nats.server.draining"),
                .text = fmt::format(
                    "the client port {} is closed, and {} {} still connected (lame duck mode)",
                    port, clients, clients == 1 ? "client is" : "clients are")};
    }
    if (recovering) {
        return {.code = NatsCode("nats.jetstream.recovering"),
                .text = fmt::format(
                    "the client port {} is not open yet, because JetStream is recovering", port)};
    }
    return {.code = NatsCode("nats.connection.refused"), .text = error.text};
}

// --- JetStream and the streams ---

}  // namespace

Finding not_running(const JetStreamDisabled& off) {
    if (!off.reason) {
        return {.code = NatsCode("nats.jetstream.disabled")};
    }
    const std::string account = off.account.value_or("of this user");
    return {.code = NatsCode("nats.jetstream.disabled"),
            .text = fmt::format("JetStream is off for the account {} ({})", account, *off.reason),
            .advice = fmt::format("Add `jetstream: enabled` to the account {}, or use a user of "
                                  "another account.",
                                  account)};
}

// The monitor may know why: "JetStream has not established contact with a meta leader".
Finding not_running(const JetStreamSilent& silence, const MonitorFacts* monitor, Level absent) {
    const bool explained = monitor != nullptr && !monitor->health.problems.empty();
    return awaited("nats.jetstream.timeout", absent,
                   fmt::format("JetStream does not answer ({})",
                               explained ? monitor->health.problems.front().text : silence.text));
}

namespace {

bool is_damaged(const std::string& stream, const MonitorFacts* monitor) {
    const auto named = [&stream](const HealthProblem& problem) {
        const auto* damaged = std::get_if<HealthProblem::Damaged>(&problem.cause);
        return damaged != nullptr && damaged->stream == stream;
    };
    return monitor != nullptr && std::ranges::any_of(monitor->health.problems, named);
}

// A stream of a cluster.
void judge_copies(std::vector<Finding>& findings, const Copies& copies, const std::string& name,
                  Level elected) {
    if (copies.leaderless) {
        findings.push_back(
            awaited("nats.stream.leaderless", elected,
                    fmt::format("stream {} has no leader among {} and accepts no message", name,
                                fmt::join(copies.servers, ", "))));
    } else if (!copies.lost.empty()) {
        findings.push_back({.code = NatsCode("nats.stream.underreplicated"),
                            .text = fmt::format("stream {} has lost {} of {} replicas ({})", name,
                                                copies.lost.size(), copies.servers.size(),
                                                fmt::join(copies.lost, ", "))});
    }
}

Finding difference_finding(const Difference& difference, const std::string& stream) {
    return difference.obstacle.empty()
               ? Finding{.code = NatsCode("nats.stream.drift"),
                         .text = fmt::format("{} of stream {}", difference.field, stream),
                         .measured = difference.measured,
                         .wanted = difference.wanted}
               : Finding{.code = NatsCode("nats.stream.unusable"),
                         .text = fmt::format("stream {} {}", stream, difference.obstacle)};
}

// A server rejects a message above its own limit, whatever the stream permits.
void judge_payload(std::vector<Finding>& findings, const Limit& max_payload,
                   const StreamSpec& declared) {
    if (max_payload && declared.max_msg_size.value_or(0) > *max_payload) {
        findings.push_back(
            {.code = NatsCode("nats.stream.drift"),
             .text = fmt::format("max_msg_size of stream {}", declared.name),
             .measured = fmt::format("{} by max_payload of the server", format_size(*max_payload)),
             .wanted = format_size(*declared.max_msg_size),
             .advice = "Raise max_payload."});
    }
}

// "1,000"
std::string grouped(std::int64_t number) {
    std::string text = fmt::to_string(number);
    for (auto at = std::ssize(text) - 3; at > 0; at -= 3) {
        text.insert(static_cast<std::size_t>(at), 1, ',');
    }
    return text;
}

bool is_nearly_full(std::int64_t used, const Limit& limit) {
    return limit.value_or(0) > 0 &&
           100.0 * static_cast<double>(used) >=
               static_cast<double>(kFullPercent) * static_cast<double>(*limit);
}

// `what` is the object that is full, `unit` what it has.
void judge_limit(std::vector<Finding>& findings, NatsCode code, const std::string& what,
                 std::string_view unit, std::string_view setting, std::int64_t used,
                 const Limit& limit) {
    if (is_nearly_full(used, limit)) {
        findings.push_back({.code = code,
                            .text = fmt::format("{} is {}full ({} of {} {}, {})", what,
                                                used < *limit ? "nearly " : "", grouped(used),
                                                grouped(*limit), unit, setting)});
    }
}

// With discard=old a new message replaces the oldest.
void judge_stream_limits(std::vector<Finding>& findings, const Stream& stream) {
    const StreamSpec& spec = stream.spec;
    const std::string what = "stream " + spec.name;
    constexpr NatsCode kFull = "nats.stream.full";
    if (spec.discard == "new") {
        judge_limit(findings, kFull, what, "messages", "max_msgs, discard=new", stream.use.messages,
                    spec.max_msgs);
        judge_limit(findings, kFull, what, "bytes", "max_bytes, discard=new", stream.use.bytes,
                    spec.max_bytes);
    }
    if (stream.discard_new_per_subject) {
        judge_limit(findings, kFull, "a subject of " + what, "messages",
                    "max_msgs_per_subject, discard=new", stream.use.largest_subject,
                    spec.max_msgs_per_subject);
    }
    judge_limit(findings, "nats.consumers.full", what, "consumers", "max_consumers",
                stream.use.consumers, spec.max_consumers);
}

void judge_present(std::vector<Finding>& findings, const Stream& stream, const StreamSpec& declared,
                   Level elected) {
    judge_copies(findings, stream.copies, declared.name, elected);
    const auto found = differences(stream, declared);
    std::ranges::transform(found, std::back_inserter(findings), [&](const Difference& each) {
        return difference_finding(each, declared.name);
    });
    judge_stream_limits(findings, stream);
    if (found.empty()) {
        findings.push_back({.code = NatsCode("nats.stream.ok"),
                            .text = fmt::format("stream {} is as declared", declared.name)});
    }
}

void judge_stream(std::vector<Finding>& findings, const StreamState& state,
                  const StreamSpec& declared, Awaited levels) {
    const std::string& name = declared.name;
    const auto add = [&](Finding found) { findings.push_back(std::move(found)); };
    std::visit(
        Match{[&](const Missing&) {
                  add(awaited(
                      "nats.stream.missing", levels.created,
                      fmt::format(
                          "stream {} is missing{}", name,
                          levels.created == Level::starting ? ", and the agent creates it" : "")));
              },
              [&](const Stream& stream) {
                  judge_present(findings, stream, declared, levels.elected);
              },
              [&](const ApiError& error) {
                  add(awaited("nats.stream.failed", level_of(error, levels),
                              fmt::format("stream {} has an error ({})", name, describe(error))));
              },
              [&](const Denied& denied) { add(not_permitted(denied.text, "stream " + name)); },
              [&](const Silent&) {
                  add(awaited("nats.stream.timeout", levels.elected,
                              fmt::format("stream {} does not answer, but others do", name)));
              }},
        state);
}

Finding canary_finding(const Canary& canary) {
    return std::visit(
        Match{[](const CanaryStored&) { return Finding{.code = NatsCode("nats.canary.ok")}; },
              [](const CanaryFailed& failed) {
                  return Finding{
                      .code = NatsCode("nats.canary.failed"),
                      .text = fmt::format("the server did not store the test message ({})",
                                          failed.text)};
              },
              [](const CanaryUnavailable& unavailable) {
                  return Finding{
                      .code = NatsCode("nats.canary.unavailable"),
                      .text = fmt::format("the test message was not sent ({})", unavailable.text)};
              }},
        canary);
}

std::vector<const Stream*> present_streams(const JetStreamRunning& jetstream) {
    std::vector<const Stream*> present;
    for (const StreamState& state : jetstream.streams) {
        if (const auto* stream = std::get_if<Stream>(&state)) {
            present.push_back(stream);
        }
    }
    return present;
}

void judge_storage(std::vector<Finding>& findings, std::string_view storage, const Usage& usage) {
    if (is_nearly_full(usage.used, usage.limit)) {
        findings.push_back(
            {.code = NatsCode("nats.account.full"),
             .text = fmt::format("the account has used {} of its {} of {} storage",
                                 format_size(usage.used), format_size(*usage.limit), storage)});
    }
}

// The limits that matter to the declared streams.
void judge_tier(std::vector<Finding>& findings, const AccountUse::Tier& tier,
                const std::vector<const Stream*>& streams) {
    bool file = false;
    bool memory = false;
    for (const Stream* stream : streams) {
        if (tier.replicas == 0 || stream->spec.replicas == tier.replicas) {
            file = file || stream->spec.storage == "file";
            memory = memory || stream->spec.storage == "memory";
            judge_limit(findings, "nats.consumers.full", "stream " + stream->spec.name, "consumers",
                        "max_consumers of the account", stream->use.consumers, tier.max_consumers);
        }
    }
    judge_storage(findings, "file", file ? tier.file : Usage{});
    judge_storage(findings, "memory", memory ? tier.memory : Usage{});
}

void judge_account(std::vector<Finding>& findings, const JetStreamRunning& jetstream,
                   Awaited levels) {
    const std::size_t before = findings.size();
    std::visit(
        Match{[&](const AccountUse& use) {
                  for (const AccountUse::Tier& tier : use.tiers) {
                      judge_tier(findings, tier, present_streams(jetstream));
                  }
              },
              [&](const ApiError& error) {
                  findings.push_back(awaited(
                      "nats.jetstream.failed", level_of(error, levels),
                      fmt::format("JetStream answers with an error ({})", describe(error))));
              },
              [&](const Denied& denied) {
                  findings.push_back(not_permitted(denied.text, "the account's limits"));
                  findings.back().level = Level::degraded;
              },
              [&](const Silent&) {
                  findings.push_back({.code = NatsCode("nats.jetstream.timeout"),
                                      .level = Level::degraded,
                                      .text = "JetStream does not answer about the account"});
              }},
        jetstream.account);
    if (findings.size() == before) {
        findings.push_back({.code = NatsCode("nats.account.ok")});
    }
}

void judge_running(std::vector<Finding>& findings, const JetStreamRunning& jetstream,
                   const std::vector<StreamSpec>& declared, const MonitorFacts* monitor,
                   Awaited levels) {
    findings.push_back({.code = NatsCode("nats.jetstream.ok")});
    judge_account(findings, jetstream, levels);
    for (std::size_t i = 0; i < declared.size() && i < jetstream.streams.size(); ++i) {
        const StreamState& state = jetstream.streams[i];
        // A damaged stream is absent, too; what counts is that its files exist, and judge_health()
        // reports that.
        if (std::holds_alternative<Stream>(state) || !is_damaged(declared[i].name, monitor)) {
            judge_stream(findings, state, declared[i], levels);
        }
    }
}

void judge_jetstream(std::vector<Finding>& findings, const JetStreamState& jetstream,
                     const NatsConfig& config, const MonitorFacts* monitor, Awaited levels) {
    findings.push_back({.code = NatsCode("nats.connection.ok"),
                        .text = fmt::format("the client port {} answers", config.url->port)});
    std::visit(Match{[&](const JetStreamDisabled& off) { findings.push_back(not_running(off)); },
                     [&](const JetStreamSilent& silence) {
                         findings.push_back(not_running(silence, monitor, levels.elected));
                     },
                     [&](const JetStreamRunning& running) {
                         judge_running(findings, running, config.streams, monitor, levels);
                     }},
               jetstream);
}

// --- the monitoring port ---

Finding no_monitor(const Error& error, const NatsConfig& config, Level absent) {
    if (error.kind == ErrorKind::shortage) {
        return shortage("its monitoring port: " + error.text, absent);
    }
    const NatsCode code = kMonitorCodes.of(error.kind);
    return error.kind == ErrorKind::refused
               ? Finding{.code = code,
                         .text = fmt::format("the monitoring port {} is closed, the client port {} "
                                             "answers",
                                             config.monitor_url->port, config.url->port)}
               : with_remedy({.code = code,
                              .text = fmt::format("the client port {} answers, but not the "
                                                  "monitoring port ({})",
                                                  config.url->port, error.text)},
                             error);
}

Finding problem_finding(const HealthProblem& problem, Level elected) {
    const std::string& text = problem.text;
    return std::visit(
        Match{[&](const HealthProblem::Other&) {
                  return Finding{.code = NatsCode("nats.health.failed"), .text = text};
              },
              [&](const HealthProblem::Recovering&) {
                  return Finding{.code = NatsCode("nats.jetstream.recovering"), .text = text};
              },
              [&](const HealthProblem::Leaderless&) {
                  return awaited("nats.cluster.leaderless", elected, text);
              },
              [&](const HealthProblem::Damaged&) {
                  return Finding{.code = NatsCode("nats.stream.damaged"), .text = text};
              },
              [&](const HealthProblem::Stuck&) {
                  return Finding{.code = NatsCode("nats.stream.stuck"), .text = text};
              }},
        problem.cause);
}

void judge_health(std::vector<Finding>& findings, const Health& health, Level elected) {
    for (const HealthProblem& problem : health.problems) {
        findings.push_back(problem_finding(problem, elected));
    }
    if (health.problems.empty()) {
        findings.push_back({.code = health.status == 200 ? NatsCode("nats.health.ok")
                                                         : NatsCode("nats.health.failed"),
                            .text = fmt::format("/healthz returns {}", health.status)});
    }
}

void judge_usage(std::vector<Finding>& findings, std::string_view name, NatsCode full, NatsCode ok,
                 const Usage& usage) {
    if (usage.limit.value_or(0) > 0) {
        findings.push_back(
            {.code = is_nearly_full(usage.used, usage.limit) ? full : ok,
             .text = fmt::format(
                 "JetStream's {} is {:.0f} % used ({} of {})", name,
                 100.0 * static_cast<double>(usage.used) / static_cast<double>(*usage.limit),
                 format_size(usage.used), format_size(*usage.limit))});
    }
}

// --- the store ---

constexpr StoreCodes kStoreCodes{
    .ok = NatsCode("nats.store.ok"),
    .outside = NatsCode("nats.store.outside"),
    .unmounted = NatsCode("nats.store.unmounted"),
    .in_memory = NatsCode("nats.store.volatile"),
    .unverified = NatsCode("nats.store.unverified"),
};

Finding disk_finding(std::int64_t available, const std::string& store_dir, std::int64_t wanted) {
    if (available < kDiskFull) {
        return {.code = NatsCode("nats.disk.full"),
                .text = fmt::format("the disk of store {} is full ({} bytes free)", store_dir,
                                    available)};
    }
    const std::string free = format_size(available);
    return available < wanted
               ? Finding{.code = NatsCode("nats.disk.full"),
                         .level = Level::degraded,
                         .text = fmt::format("the disk of store {} has {} free, less than "
                                             "nats.min_free {}",
                                             store_dir, free, format_size(wanted)),
                         .advice = "Free disk space, or lower ARC_NATS_MIN_FREE."}
               : Finding{.code = NatsCode("nats.disk.ok"),
                         .text = fmt::format("the disk of store {} has {} free", store_dir, free)};
}

// `storage`: nullptr if the monitoring port belongs to a server without JetStream.
void judge_store(std::vector<Finding>& findings, const Storage* storage, const VolumeFacts& store,
                 const NatsConfig& config) {
    const std::string directory = storage == nullptr ? std::string{} : storage->store_dir;
    if (store.available) {
        findings.push_back(disk_finding(*store.available, directory, *config.min_free));
    } else if (config.min_free.declared()) {
        findings.push_back(unverified_store(kStoreCodes, "min_free", directory));
    }
    if (storage != nullptr) {
        judge_usage(findings, "storage", "nats.storage.full", "nats.storage.ok", storage->file);
        judge_usage(findings, "memory", "nats.memory.full", "nats.memory.ok", storage->memory);
    }
    if (!config.data_dir->empty()) {
        findings.push_back(store_finding(
            kStoreCodes,
            {.store = directory, .volume = *config.data_dir, .setting = "store_dir (-sd)"}, store));
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
                   Awaited levels) {
    if (const auto* error = std::get_if<Error>(&facts.monitor)) {
        findings.push_back(no_monitor(*error, config, levels.created));
    } else if (const auto* monitor = std::get_if<MonitorFacts>(&facts.monitor)) {
        judge_health(findings, monitor->health, levels.elected);
    }
    const bool off = facts.jetstream && std::holds_alternative<JetStreamDisabled>(*facts.jetstream);
    if (std::holds_alternative<MonitorFacts>(facts.monitor) && !off) {
        judge_store(findings, find_storage(facts), facts.store, config);
    }
}

void judge_error(std::vector<Finding>& findings, const Error& error, const Facts& facts,
                 const NatsConfig& config, Awaited levels) {
    const auto* monitor = std::get_if<MonitorFacts>(&facts.monitor);
    const bool explained = monitor != nullptr && error.kind == ErrorKind::refused;
    findings.push_back(explained ? explained_by_monitor(error, *monitor, config)
                                 : no_client(error, config, levels.created));
    if (monitor != nullptr && error.kind == ErrorKind::unreachable) {
        findings.back().liveness = findings.back().no_way = false;
        judge_health(findings, monitor->health, levels.elected);
    }
    if (explained && std::ranges::none_of(monitor->health.problems, not_ready)) {
        judge_health(findings, monitor->health, levels.elected);
    }
    // The server accepts the user, who lacks the permission to ask. The monitoring port needs none.
    if (error.kind == ErrorKind::permission && monitor != nullptr) {
        findings.push_back(monitor->varz.jetstream ? Finding{.code = NatsCode("nats.jetstream.ok")}
                                                   : not_running(JetStreamDisabled{}));
        judge_monitor(findings, facts, config, levels);
    }
}

bool is_in_memory(const StreamState& state) {
    const auto* stream = std::get_if<Stream>(&state);
    return stream != nullptr && stream->spec.storage == "memory";
}

// What the server holds that a restart would lose, wherever its store is.
std::optional<std::string> why_unsaved(const JetStreamState& jetstream,
                                       const MonitorFacts& monitor) {
    const auto& problems = monitor.health.problems;
    if (const auto damaged =
            std::ranges::find_if(problems, [](const auto& one) { return is_damaged(one); });
        damaged != problems.end()) {
        return damaged->text;
    }
    const auto& storage = monitor.varz.jetstream;
    if (storage && storage->memory.used > 0) {
        return fmt::format("streams in memory hold {}", format_size(storage->memory.used));
    }
    const auto* running = std::get_if<JetStreamRunning>(&jetstream);
    return running != nullptr && std::ranges::any_of(running->streams, is_in_memory)
               ? std::optional{"a declared stream is in memory"}
               : std::nullopt;
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
    const Awaited levels = awaited_levels(monitor, config, absent);
    if (!facts.jetstream) {
        judge_error(verdict.findings, facts.jetstream.error(), facts, config_of(config), levels);
        return verdict;
    }
    judge_jetstream(verdict.findings, *facts.jetstream, config_of(config), monitor, levels);
    if (facts.canary) {
        verdict.findings.push_back(canary_finding(*facts.canary));
    }
    for (const StreamSpec& stream : config_of(config).streams) {
        judge_payload(verdict.findings, facts.max_payload, stream);
    }
    judge_monitor(verdict.findings, facts, config_of(config), levels);
    // It is the cause of what else fails.
    std::ranges::stable_partition(verdict.findings, [](const Finding& finding) {
        return finding.code == NatsCode("nats.cluster.leaderless");
    });
    verdict.verified = verified(facts, config_of(config));
    return verdict;
}

RestartFacts restart_facts(const Facts& facts, const Config& config) {
    using Data = RestartFacts::Data;
    const auto* monitor = std::get_if<MonitorFacts>(&facts.monitor);
    if (!facts.jetstream || monitor == nullptr) {
        return {};
    }
    if (auto unsaved = why_unsaved(*facts.jetstream, *monitor)) {
        return {.data = Data::at_stake, .why = std::move(*unsaved)};
    }
    const Storage* storage = find_storage(facts);
    if (storage == nullptr) {
        return {.data = Data::safe, .why = {}};
    }
    const auto lost = why_lost(facts.store, storage->store_dir, *config_of(config).data_dir);
    if (!lost) {
        return {};
    }
    const bool full = facts.store.available && *facts.store.available < kDiskFull;
    return {.data = lost->empty() ? Data::safe : Data::at_stake, .why = *lost, .disk_full = full};
}

}  // namespace arc::nats
