#include "redis/assess.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/suggest.hpp"
#include "base/units.hpp"
#include "base/variant.hpp"
#include "health/connection.hpp"
#include "health/store.hpp"
#include "redis/commands.hpp"
#include "redis/findings.hpp"
#include "redis/set_assess.hpp"

namespace arc::redis {
namespace {

using Findings = std::vector<Finding>;

// The level and the remedy are those of the code.
void add(Findings& findings, RedisCode code, std::string text) {
    findings.push_back({.code = code, .text = std::move(text)});
}

void add(Findings& findings, RedisCode code, Level level, std::string text) {
    findings.push_back({.code = code, .level = level, .text = std::move(text)});
}

void add(Findings& findings, RedisCode code, Level level, std::string text, std::string advice) {
    findings.push_back(
        {.code = code, .level = level, .text = std::move(text), .advice = std::move(advice)});
}

struct SettingCodes {
    std::string_view setting;  // its name in redis.conf
    RedisCode ok;
    RedisCode drift;
};

constexpr SettingCodes kAppendonly{"appendonly", "redis.appendonly.ok", "redis.appendonly.drift"};
constexpr SettingCodes kAppendfsync{"appendfsync", "redis.appendfsync.ok",
                                    "redis.appendfsync.drift"};
constexpr SettingCodes kMaxmemory{"maxmemory", "redis.maxmemory.ok", "redis.maxmemory.drift"};
constexpr SettingCodes kMinReplicas{"min-replicas-to-write", "redis.min_replicas.ok",
                                    "redis.min_replicas.drift"};
constexpr SettingCodes kMaxmemoryPolicy{"maxmemory-policy", "redis.maxmemory_policy.ok",
                                        "redis.maxmemory_policy.drift"};

// Compares a setting with its declared value.
void compare(Findings& findings, const SettingCodes& codes, Level level, std::string measured,
             std::string wanted) {
    if (measured == wanted) {
        add(findings, codes.ok, fmt::format("{} {}", codes.setting, measured));
        return;
    }
    findings.push_back({.code = codes.drift,
                        .level = level,
                        .text = std::string(codes.setting),
                        .measured = std::move(measured),
                        .wanted = std::move(wanted)});
}

// The first word of an error reply is its kind: "NOAUTH Authentication required."
std::string_view kind_of(std::optional<std::string_view> error) {
    return error ? error->substr(0, error->find(' ')) : "";
}

// Whether the server has no password and got one.
bool is_without_password(const Answers& server) {
    const auto* refused = std::get_if<ErrorReply>(&server.login);
    return refused != nullptr && refused->text.contains("without any password configured");
}

// Returns true if the server denied access. It then answered no other command, and no other finding
// is useful.
bool assess_access(const Answers& server, Findings& findings) {
    const auto* refused = std::get_if<ErrorReply>(&server.login);
    const std::string_view auth = refused == nullptr ? "" : kind_of(refused->text);
    if (auth == "WRONGPASS") {
        findings.push_back({.code = RedisCode("redis.authentication.failed")});
        return true;
    }
    if (kind_of(server.ping_error) == "NOAUTH") {
        findings.push_back({.code = RedisCode("redis.authentication.required")});
        return true;
    }
    if (is_without_password(server)) {
        findings.push_back({.code = RedisCode("redis.authentication.unneeded")});
    } else if (refused != nullptr && auth != "LOADING") {
        add(findings, "redis.authentication.rejected", "the server rejects AUTH: " + refused->text);
    }
    return false;
}

std::string loading_text(const Loading& loading, std::optional<bool> appendonly) {
    const char* what = !appendonly ? "" : *appendonly ? "AOF " : "RDB ";
    const std::string percent = loading.percent.value_or("?");
    std::string text = fmt::format("LOADING ({}{} %", what, percent.substr(0, percent.find('.')));
    if (loading.seconds_left) {
        text += fmt::format(", about {} s left", *loading.seconds_left);
    }
    return text + ")";
}

// The reason without Redis's advice, which would hide the disk and the remedy at the end of a line.
std::string misconf_text(std::string_view reply) {
    constexpr std::string_view kAof = "Errors writing to the AOF file";
    const std::size_t aof = reply.find(kAof);
    const std::string reason =
        aof != std::string_view::npos
            ? "it cannot write the AOF" + std::string(reply.substr(aof + kAof.size()))
        : reply.contains("RDB snapshot") ? "it cannot save a snapshot"
                                         : std::string(reply);
    return "the server rejects writes (MISCONF), because " + reason;
}

void assess_liveness(const Answers& server, const std::string& disk, Findings& findings) {
    const std::string_view kind = kind_of(server.ping_error);
    if (server.loading) {
        add(findings, "redis.dataset.loading", loading_text(*server.loading, server.appendonly));
    } else if (kind == "LOADING") {
        add(findings, "redis.dataset.loading", "LOADING the data set");
    } else if (kind == "MISCONF") {
        add(findings, "redis.persistence.failed", misconf_text(*server.ping_error) + disk);
    } else if (server.ping_error && server.ping_error->contains("max number of clients")) {
        add(findings, "redis.clients.full", Level::unhealthy,
            "the server rejects clients: " + *server.ping_error);
    } else if (kind == "NOPERM") {
        add(findings, "redis.ping.failed", Level::degraded,
            "the user has no permission for PING (NOPERM)", "Grant `+ping`.");
    } else if (server.ping_error) {
        add(findings, "redis.ping.failed", "the server answers PING with: " + *server.ping_error);
    } else {
        add(findings, "redis.ping.ok", "answers PING");
    }
}

std::string reason_of(std::string_view command, std::string_view error) {
    if (kind_of(error) == "NOPERM") {
        return fmt::format("no permission for {} (NOPERM)", command);
    }
    return error.starts_with("ERR unknown command")
               ? fmt::format("{} is renamed or disabled", command)
               : fmt::format("{}: {}", command, error);
}

// What is declared, or what tells whether clients can write, and is not known.
std::string unverified(const Answers& server, const RedisConfig& config) {
    std::vector<std::string_view> names;
    const auto add_unless = [&names](bool known, std::string_view name) {
        if (!known) {
            names.push_back(name);
        }
    };
    add_unless(server.appendonly.has_value(), "appendonly");
    add_unless(server.appendfsync.has_value(), "appendfsync");
    add_unless(server.maxmemory.has_value(), "maxmemory");
    add_unless(server.maxmemory_policy.has_value(), "maxmemory-policy");
    add_unless(server.memory.used.has_value(), "memory");
    add_unless(server.aof_write_status && server.rdb_save_status, "save errors");
    add_unless(server.role.has_value(), "role");
    const bool matters = server.replicas_in_time || config.min_replicas.declared();
    add_unless(server.replicas_wanted || !matters, "min-replicas-to-write");
    return fmt::format("{}", fmt::join(names, ", "));
}

// Why something is not known: the commands are renamed (hardened and managed servers), the user
// lacks the permission, or the product does not report it.
std::string why_unverified(const Answers& server) {
    const bool no_info = kind_of(server.info_error) == "NOPERM";
    const bool no_config = kind_of(server.config_error) == "NOPERM";
    if (no_info && no_config) {
        return "no permission for INFO and CONFIG (NOPERM)";
    }
    std::vector<std::string> reasons;
    if (server.info_error) {
        reasons.push_back(reason_of("INFO", *server.info_error));
    }
    if (server.config_error) {
        reasons.push_back(reason_of("CONFIG", *server.config_error));
    }
    return reasons.empty() ? "INFO and CONFIG do not report it"
                           : fmt::format("{}", fmt::join(reasons, ", "));
}

void assess_visibility(const Answers& server, const RedisConfig& config, Findings& findings) {
    const std::string missing = unverified(server, config);
    if (missing.empty()) {
        return;
    }
    const bool no_info = kind_of(server.info_error) == "NOPERM";
    const bool no_config = kind_of(server.config_error) == "NOPERM";
    const std::string grant = no_info || no_config
                                  ? fmt::format("Grant the user{}{}.", no_info ? " `+info`" : "",
                                                no_config ? " `+config|get`" : "")
                                  : "";
    const bool config_only = server.config_error && !server.info_error;
    add(findings,
        config_only ? RedisCode("redis.config.unavailable") : RedisCode("redis.info.unavailable"),
        Level::degraded, fmt::format("{} not verifiable: {}", missing, why_unverified(server)),
        grant);
}

void assess_appendonly(const Answers& server, const RedisConfig& config, Findings& findings) {
    if (server.appendonly) {
        // An undeclared default must not stop a server that was never meant to be durable.
        const bool wanted = *config.appendonly && config.appendonly.declared();
        const Level level = wanted ? Level::unhealthy : Level::degraded;
        compare(findings, kAppendonly, level, *server.appendonly ? "yes" : "no",
                *config.appendonly ? "yes" : "no");
    }
    if (server.appendfsync) {
        compare(findings, kAppendfsync, Level::degraded, *server.appendfsync, *config.appendfsync);
    }
}

// After CONFIG SET appendonly yes the server has no valid append-only file until its first rewrite
// ends, even if aof_last_write_status is ok (AOF_WAIT_REWRITE in Redis's aof.c). A file on the disk
// is older than the time without one. After a failed rewrite the server schedules the next one at
// once. A server that has its file schedules a rewrite only while it saves a snapshot. Without a
// file, `aof_base_size` is 0, and `aof_current_size` counts what waits for the end of the rewrite.
bool lacks_aof(const Answers& server) {
    const bool none = server.aof_bytes == 0;
    const bool failed = has_failed(server.aof_rewrite_status);
    return server.appendonly.value_or(false) && !server.loading &&
           ((server.aof_rewrite_due && (none || (failed && !server.saving))) ||
            (server.aof_rewriting && (none || (failed && server.aof_base_bytes == 0))));
}

void assess_rewrite(const Answers& server, const std::string& disk, Findings& findings) {
    const bool absent = lacks_aof(server);
    if (absent && has_failed(server.aof_rewrite_status)) {
        add(findings, "redis.aof.missing",
            "no append-only file is on the disk, and the rewrite that creates it fails" + disk);
    } else if (absent) {
        add(findings, "redis.aof.missing", Level::degraded,
            "no append-only file is on the disk until the current rewrite ends",
            "Do not restart the server before that.");
    } else if (has_failed(server.aof_rewrite_status)) {
        add(findings, "redis.aof_rewrite.failed",
            "the last rewrite of the append-only file failed, so the file keeps growing" + disk);
    }
}

void assess_writes(const Answers& server, const std::string& disk, Findings& findings) {
    if (has_failed(server.aof_write_status)) {
        add(findings, "redis.aof_write.failed",
            "the last write to the append-only file failed" + disk);
    }
    assess_rewrite(server, disk, findings);
    if (has_failed(server.rdb_save_status)) {
        add(findings, "redis.rdb_save.failed", "the last RDB save failed" + disk);
    }
    if (server.aof_write_status == "ok" && server.rdb_save_status == "ok" &&
        !has_failed(server.aof_rewrite_status) && !lacks_aof(server)) {
        add(findings, "redis.persistence.ok",
            server.aof_rewriting ? "saves without errors, a rewrite is in progress"
                                 : "saves without errors");
    }
}

// A node can answer every command of a check while its cluster serves no clients.
void assess_cluster(const ClusterState& state, Findings& findings) {
    if (const auto* error = std::get_if<ErrorReply>(&state)) {
        add(findings, "redis.cluster_info.unavailable", Level::degraded,
            "the cluster's state is not verifiable: " + reason_of("CLUSTER INFO", error->text),
            kind_of(error->text) == "NOPERM" ? "Grant the user `+cluster|info`." : "");
    }
    const auto* cluster = std::get_if<Cluster>(&state);
    if (cluster == nullptr) {
        return;
    }
    const std::string served = fmt::format("{} of {} slots served", cluster->served, kSlots);
    if (!cluster->up) {
        add(findings, "redis.cluster.down",
            fmt::format("the cluster is down ({}) and rejects writes (CLUSTERDOWN)", served));
    } else if (cluster->served < kSlots) {
        add(findings, "redis.slots.missing",
            fmt::format("{}, so the other keys are unavailable", served));
    } else {
        add(findings, "redis.cluster.ok",
            fmt::format("the cluster is up ({}, {} nodes)", served, cluster->nodes));
    }
}

// Full memory, a replica and too few replicas are degraded, as they are without the canary.
void assess_refused_canary(const std::string& error, Findings& findings) {
    const std::string_view kind = kind_of(error);
    if (kind == "MOVED" || kind == "ASK") {
        add(findings, "redis.canary.ok",
            "another node of the cluster has the canary's key, so it was not tried here");
    } else if (kind == "NOPERM") {
        findings.push_back({.code = RedisCode("redis.canary.unavailable")});
    } else if (kind != "LOADING") {
        const bool known = kind == "OOM" || kind == "READONLY" || kind == "NOREPLICAS";
        add(findings, "redis.canary.failed", known ? Level::degraded : Level::unhealthy,
            "the server rejects a test write: " + error);
    }
}

void assess_pause(const Answers& server, Findings& findings) {
    if (server.paused_by) {
        add(findings, "redis.writes.paused",
            fmt::format("the server answers reads and delays writes ({})", *server.paused_by));
    }
}

// INFO of Redis does not report CLIENT PAUSE. Only a write shows it.
void assess_canary(const Answers& server, Findings& findings) {
    if (holds<Unacknowledged>(server.canary)) {
        add(findings, "redis.canary.failed", Level::unhealthy,
            "the server answers reads and delays writes (CLIENT PAUSE or FAILOVER)",
            "Find the client that paused them. CLIENT UNPAUSE ends the pause.");
    } else if (server.loading) {
        return;
    } else if (const auto* refused = std::get_if<ErrorReply>(&server.canary)) {
        assess_refused_canary(refused->text, findings);
    } else if (holds<Done>(server.canary)) {
        add(findings, "redis.canary.ok", "a key was set");
    }
}

// Exact, because two different limits must not have the same text after rounding.
std::string limit_text(std::int64_t bytes) {
    const std::string rounded = format_size(bytes);
    if (bytes == 0) {
        return "no limit";
    }
    return rounded.find('.') == std::string::npos ? rounded : fmt::format("{} bytes", bytes);
}

// Why eviction does not free memory for a write; nullopt if it does. The result follows
// "the memory is full".
std::optional<std::string> why_not_evicted(const Answers& server) {
    const Memory& memory = server.memory;
    const std::string policy = server.maxmemory_policy.value_or("noeviction");
    if (100 * memory.needs >= kFullPercent * *server.maxmemory) {
        return ", because maxmemory is less than the server needs without a key";
    }
    if (policy == "noeviction") {
        return " under noeviction";
    }
    if (memory.keys == 0) {
        return fmt::format(" under {}, and no key can be evicted", policy);
    }
    // A few keys are evicted within a few writes.
    constexpr std::int64_t kFewPercent = 5;
    if (policy.starts_with("volatile") && 100 * memory.volatile_keys < kFewPercent * memory.keys) {
        return fmt::format(" under {}, and {} of {} keys have a lifetime", policy,
                           memory.volatile_keys, memory.keys);
    }
    return std::nullopt;
}

void assess_fullness(const Answers& server, Findings& findings) {
    if (!server.memory.used || !server.maxmemory || *server.maxmemory <= 0) {
        return;
    }
    const std::int64_t counted = *server.memory.used - server.memory.uncounted;
    const double share = static_cast<double>(counted) / static_cast<double>(*server.maxmemory);
    const int percent = static_cast<int>(100.0 * std::clamp(share, 0.0, 9.99));
    const std::string used =
        fmt::format("{} of {} used", format_size(counted), format_size(*server.maxmemory));
    const bool limited = !server.master || !server.replica_ignores_maxmemory;
    const auto cause = limited && percent >= kFullPercent ? why_not_evicted(server) : std::nullopt;
    if (!cause) {
        add(findings, "redis.memory.ok", fmt::format("{} ({} %)", used, percent));
        return;
    }
    const std::string rejected =
        server.memory.rejected_writes > 0
            ? fmt::format(", and {} writes were rejected since the start (OOM)",
                          server.memory.rejected_writes)
            : "";
    add(findings, "redis.memory.full",
        fmt::format("the memory is full{}: {} ({} %){}", *cause, used, percent, rejected));
}

// Near the limit, the next clients are rejected.
void assess_clients(const Answers& server, Findings& findings) {
    if (server.clients && 100 * server.clients->connected >= kFullPercent * server.clients->limit) {
        add(findings, "redis.clients.full", Level::degraded,
            fmt::format("{} of {} clients are connected, and the server rejects more",
                        server.clients->connected, server.clients->limit));
    }
}

void assess_memory(const Answers& server, const RedisConfig& config, Findings& findings) {
    assess_fullness(server, findings);
    if (server.maxmemory) {
        compare(findings, kMaxmemory, Level::degraded, limit_text(*server.maxmemory),
                limit_text(*config.maxmemory));
    }
    if (server.maxmemory_policy) {
        compare(findings, kMaxmemoryPolicy, Level::degraded, *server.maxmemory_policy,
                *config.maxmemory_policy);
    }
}

void assess_min_replicas(const Answers& server, const RedisConfig& config, Findings& findings) {
    if (server.replicas_wanted && config.min_replicas.declared()) {
        compare(findings, kMinReplicas, Level::degraded, std::to_string(*server.replicas_wanted),
                std::to_string(*config.min_replicas));
    }
}

// The replicas of a master.
void assess_replicas(const Answers& server, Findings& findings) {
    const std::int64_t wanted = server.replicas_wanted.value_or(1);
    if (server.replicas_in_time && *server.replicas_in_time < wanted) {
        add(findings, "redis.replication.underreplicated",
            fmt::format("only {} of {} replicas keep up, so the server rejects writes (NOREPLICAS)",
                        *server.replicas_in_time, wanted));
    }
}

void assess_replication(const Answers& server, Findings& findings) {
    if (!server.master) {
        assess_replicas(server, findings);
        return;
    }
    const Master& master = *server.master;
    if (!master.link_up) {
        const bool serves = server.replica_serves_stale_data;
        add(findings, "redis.replication.disconnected", serves ? Level::degraded : Level::unhealthy,
            fmt::format("the link to the master {} is down{}, so {}", master.address,
                        master.syncing ? " and a copy is in progress" : "",
                        serves ? "the data is old" : "reads are rejected (MASTERDOWN)"));
    } else if (master.read_only) {
        add(findings, "redis.replication.read_only",
            fmt::format("the server is a read-only replica of {}", master.address));
    } else {
        add(findings, "redis.replication.ok",
            fmt::format("writable replica of {}, link up", master.address));
    }
}

// Whether a member of a set is its master is a fact, not a declaration.
void assess_member(const Facts& facts, const Config& config, Findings& findings) {
    const Answers& server = *facts.server;
    if (!server.master) {
        assess_replicas(server, findings);
    }
    assess_set(*facts.set, config, server.replica_serves_stale_data, findings);
}

bool is_loopback(std::string_view address) {
    if (address.starts_with('-')) {  // "may fail to bind"
        address.remove_prefix(1);
    }
    return address.starts_with("127.") || address == "::1" || address == "localhost";
}

// Only inside the image of the service, where other containers must connect. Elsewhere a server may
// listen on loopback only.
void assess_reach(const Answers& server, const Config& config, Findings& findings) {
    // Over a socket, nothing is known of the ports.
    if (*config.service != "redis" || !server.bind || config_of(config).url->scheme == "unix") {
        return;
    }
    std::vector<std::string_view> addresses = split(*server.bind, ' ');
    std::erase(addresses, std::string_view{});
    if (!addresses.empty() && std::ranges::all_of(addresses, is_loopback)) {
        add(findings, "redis.bind.loopback",
            fmt::format("the server listens on loopback only (bind {}), so other containers cannot "
                        "connect",
                        *server.bind));
        return;
    }
    // Protected mode applies while the default user has no password. That is certain if this
    // process connected as that user without one.
    const bool open = holds<NotAsked>(server.login) || is_without_password(server);
    if (server.protected_mode.value_or(false) && open) {
        findings.push_back({.code = RedisCode("redis.bind.protected")});
    }
}

// The part of the first line after the server's name, shown if every finding is ok.
std::string verified_text(const Answers& server) {
    if (!server.appendonly || !server.memory.used || !server.maxmemory) {
        return server.ping_error ? "" : "answers PING";
    }
    const std::string sync =
        *server.appendonly && server.appendfsync ? ", " + *server.appendfsync : "";
    const std::string limit = *server.maxmemory == 0
                                  ? "used, no limit"
                                  : fmt::format("of {} used", format_size(*server.maxmemory));
    return fmt::format("appendonly {}{}; {}, {} {}", *server.appendonly ? "yes" : "no", sync,
                       server.maxmemory_policy.value_or(""), format_size(*server.memory.used),
                       limit);
}

constexpr ConnectionCodes<kFindings> kConnectionCodes{"redis.connection."};

// " (/data has 0 B free)", for findings about a server that cannot save.
std::string disk_text(const Facts& facts) {
    return facts.volume && facts.volume->available
               ? fmt::format(" ({} has {} free)", facts.server->dir.value_or(""),
                             format_size(*facts.volume->available))
               : std::string{};
}

constexpr StoreCodes kStoreCodes{
    .ok = RedisCode("redis.store.ok"),
    .outside = RedisCode("redis.store.outside"),
    .unmounted = RedisCode("redis.store.unmounted"),
    .in_memory = RedisCode("redis.store.volatile"),
    .unverified = RedisCode("redis.store.unverified"),
};

void assess_store(const Facts& facts, const RedisConfig& config, Findings& findings) {
    if (!config.data_dir->empty()) {
        findings.push_back(store_finding(
            kStoreCodes,
            {.store = facts.server->dir.value_or(""), .volume = *config.data_dir, .setting = "dir"},
            facts.volume.value_or(VolumeFacts{})));
    }
}

Finding no_server(const Error& error, const RedisConfig& config, Level absent) {
    Finding finding = unanswered(kConnectionCodes.of(error.kind), error, absent);
    if (config.url->scheme == "unix" && !finding.advice.empty() &&
        error.kind == ErrorKind::refused) {
        finding.advice =
            "Check that the server runs, and that `unixsocket` in redis.conf is this path.";
    }
    return finding;
}

}  // namespace

Verdict assess(const Facts& facts, const Config& config, Level absent) {
    Verdict verdict{.service = "redis", .server = {}, .verified = {}, .findings = {}};
    if (!facts.server) {
        verdict.findings.push_back(no_server(facts.server.error(), config_of(config), absent));
        return verdict;
    }
    const Answers& server = *facts.server;
    verdict.busy = server.loading || server.aof_rewriting || server.saving;
    if (assess_access(server, verdict.findings)) {
        return verdict;
    }
    verdict.server =
        server.version ? fmt::format("{} {}", server.product, *server.version) : server.product;
    if (server.mode == "sentinel") {
        verdict.findings.push_back({.code = RedisCode("redis.mode.sentinel")});
        return verdict;
    }
    const std::string disk = disk_text(facts);
    verdict.verified = verified_text(server);
    assess_liveness(server, disk, verdict.findings);
    if (server.rejected) {
        return verdict;
    }
    assess_cluster(server.cluster, verdict.findings);
    if (facts.nodes) {
        assess_nodes(*facts.nodes, server.replication ? server.replication->run_id : std::string{},
                     config.cluster.members->size(), verdict.findings);
    }
    assess_writes(server, disk, verdict.findings);
    assess_pause(server, verdict.findings);
    assess_canary(server, verdict.findings);
    assess_appendonly(server, config_of(config), verdict.findings);
    assess_memory(server, config_of(config), verdict.findings);
    assess_clients(server, verdict.findings);
    assess_min_replicas(server, config_of(config), verdict.findings);
    if (facts.set) {
        assess_member(facts, config, verdict.findings);
    } else {
        assess_replication(server, verdict.findings);
    }
    assess_reach(server, config, verdict.findings);
    assess_store(facts, config_of(config), verdict.findings);
    assess_visibility(server, config_of(config), verdict.findings);
    return verdict;
}

}  // namespace arc::redis
