#include "redis/assess.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/suggest.hpp"
#include "base/units.hpp"
#include "base/variant.hpp"
#include "health/connection.hpp"
#include "health/shortage.hpp"
#include "redis/commands.hpp"
#include "redis/findings.hpp"

namespace arc::redis {
namespace {

using Findings = std::vector<Finding>;

void add(Findings& findings, RedisCode code, Level level, std::string text,
         std::string advice = {}) {
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
constexpr SettingCodes kMaxmemoryPolicy{"maxmemory-policy", "redis.maxmemory_policy.ok",
                                        "redis.maxmemory_policy.drift"};

// Compares a setting with its declared value.
void compare(Findings& findings, const SettingCodes& codes, Level level, std::string measured,
             std::string wanted, std::string advice) {
    if (measured == wanted) {
        add(findings, codes.ok, Level::ok, fmt::format("{} {}", codes.setting, measured));
        return;
    }
    add(findings, codes.drift, level, fmt::format("{} differs", codes.setting), std::move(advice));
    findings.back().measured = std::move(measured);
    findings.back().wanted = std::move(wanted);
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
        add(findings, "redis.authentication.failed", Level::unhealthy,
            "the server does not take this user and password (WRONGPASS)",
            "compare ARC_REDIS_USER and ARC_REDIS_PASSWORD_FILE with the server's requirepass or "
            "ACL");
        return true;
    }
    if (kind_of(server.ping_error) == "NOAUTH") {
        add(findings, "redis.authentication.required", Level::unhealthy,
            "authentication required: the server wants a password (NOAUTH)",
            "set ARC_REDIS_PASSWORD_FILE");
        return true;
    }
    if (is_without_password(server)) {
        add(findings, "redis.authentication.unneeded", Level::degraded,
            "a password is configured here and the server has none: everybody may connect",
            "set requirepass on the server, or drop the password here");
    } else if (refused != nullptr && auth != "LOADING") {
        add(findings, "redis.authentication.rejected", Level::degraded,
            "AUTH was not accepted: " + refused->text);
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

void assess_liveness(const Answers& server, const std::string& disk, Findings& findings) {
    const std::string_view kind = kind_of(server.ping_error);
    if (server.loading) {
        add(findings, "redis.dataset.loading", Level::starting,
            loading_text(*server.loading, server.appendonly), "nothing to do");
    } else if (kind == "LOADING") {
        add(findings, "redis.dataset.loading", Level::starting, "LOADING the data set",
            "nothing to do");
    } else if (kind == "MISCONF") {
        add(findings, "redis.persistence.failed", Level::unhealthy, *server.ping_error + disk,
            "writes are refused until the server can save: see its log and its disk");
    } else if (kind == "NOPERM") {
        add(findings, "redis.ping.failed", Level::degraded,
            "answers, but has no permission for PING (NOPERM)", "grant the user +ping");
    } else if (server.ping_error) {
        add(findings, "redis.ping.failed", Level::unhealthy,
            "PING was answered with: " + *server.ping_error);
    } else {
        add(findings, "redis.ping.ok", Level::ok, "answers PING");
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

std::string unverified(const Answers& server) {
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
    add_unless(server.aof_write_status.has_value(), "write errors");
    return fmt::format("{}", fmt::join(names, ", "));
}

// INFO or CONFIG failed: the commands are renamed (hardened and managed servers), or the user lacks
// the permission.
void assess_visibility(const Answers& server, Findings& findings) {
    if (!server.info_error && !server.config_error) {
        return;
    }
    const bool no_info = kind_of(server.info_error) == "NOPERM";
    const bool no_config = kind_of(server.config_error) == "NOPERM";
    std::string reason = no_info && no_config ? "no permission for INFO and CONFIG (NOPERM)"
                         : server.info_error  ? reason_of("INFO", *server.info_error)
                                              : "";
    if (server.config_error && !(no_info && no_config)) {
        reason += (reason.empty() ? "" : ", ") + reason_of("CONFIG", *server.config_error);
    }
    const std::string missing = unverified(server);
    add(findings,
        server.info_error ? RedisCode("redis.info.unavailable")
                          : RedisCode("redis.config.unavailable"),
        Level::degraded,
        missing.empty() ? reason : fmt::format("{} not verifiable: {}", missing, reason),
        no_info || no_config ? fmt::format("grant the user{}{}", no_info ? " +info" : "",
                                           no_config ? " +config|get" : "")
                             : "");
}

void assess_appendonly(const Answers& server, const RedisConfig& config, Findings& findings) {
    if (server.appendonly) {
        // An undeclared default must not stop a server that was never meant to be durable.
        const bool wanted = *config.appendonly && config.appendonly.declared();
        const Level level = wanted ? Level::unhealthy : Level::degraded;
        compare(
            findings, kAppendonly, level, *server.appendonly ? "yes" : "no",
            *config.appendonly ? "yes" : "no",
            *config.appendonly ? "a restart loses the data: see `appendonly` in redis.conf" : "");
    }
    if (server.appendfsync) {
        compare(findings, kAppendfsync, Level::degraded, *server.appendfsync, *config.appendfsync,
                "set it in redis.conf");
    }
}

// After CONFIG SET appendonly yes the server has no valid append-only file until its first rewrite
// ends, even if aof_last_write_status is ok (AOF_WAIT_REWRITE in Redis's aof.c). A file on the disk
// is older than the time without one. After a failed rewrite the server schedules the next one at
// once. A server that has its file schedules a rewrite only while it saves a snapshot.
bool lacks_aof(const Answers& server) {
    const bool none = server.aof_bytes == 0;
    return server.appendonly.value_or(false) && !server.loading &&
           ((server.aof_rewrite_due &&
             (none || (has_failed(server.aof_rewrite_status) && !server.saving))) ||
            (server.aof_rewriting && none));
}

void assess_rewrite(const Answers& server, const std::string& disk, Findings& findings) {
    const bool absent = lacks_aof(server);
    if (absent && has_failed(server.aof_rewrite_status)) {
        add(findings, "redis.aof.missing", Level::unhealthy,
            "no append-only file is on the disk: appendonly was switched on, and the rewrite that "
            "makes the file fails",
            "do not restart it: that loses the data. Make room on its disk and see its log; it "
            "tries again by itself, or by BGREWRITEAOF");
    } else if (absent) {
        add(findings, "redis.aof.missing", Level::degraded,
            "no append-only file is on the disk yet: appendonly was switched on, and the rewrite "
            "that makes the file is not over",
            "do not restart it before that");
    } else if (has_failed(server.aof_rewrite_status)) {
        add(findings, "redis.aof_rewrite.failed", Level::degraded,
            "the last rewrite of the append-only file failed, so it keeps growing" + disk,
            "see the server's log and its disk");
    }
}

void assess_writes(const Answers& server, const std::string& disk, Findings& findings) {
    if (has_failed(server.aof_write_status)) {
        add(findings, "redis.aof_write.failed", Level::unhealthy,
            "the last write to the append-only file failed" + disk,
            "see the server's log and its disk");
    }
    assess_rewrite(server, disk, findings);
    if (has_failed(server.rdb_save_status)) {
        add(findings, "redis.rdb_save.failed", Level::degraded, "the last RDB save failed" + disk,
            "see the server's log and its disk");
    }
    if (server.aof_write_status == "ok" && !has_failed(server.aof_rewrite_status) &&
        !has_failed(server.rdb_save_status) && !lacks_aof(server)) {
        add(findings, "redis.persistence.ok", Level::ok,
            server.aof_rewriting ? "saves without errors, a rewrite is in progress"
                                 : "saves without errors");
    }
}

// A node can answer every command of a check while its cluster serves no clients.
void assess_cluster(const ClusterState& state, Findings& findings) {
    if (const auto* error = std::get_if<ErrorReply>(&state)) {
        add(findings, "redis.cluster_info.unavailable", Level::degraded,
            "the cluster's state is not verifiable: " + reason_of("CLUSTER INFO", error->text),
            kind_of(error->text) == "NOPERM" ? "grant the user +cluster|info" : "");
    }
    const auto* cluster = std::get_if<Cluster>(&state);
    if (cluster == nullptr) {
        return;
    }
    const std::string served = fmt::format("{} of {} slots served", cluster->served, kSlots);
    if (!cluster->up) {
        add(findings, "redis.cluster.down", Level::unhealthy,
            fmt::format("its cluster is down: {}, writes are refused (CLUSTERDOWN)", served),
            "see CLUSTER NODES");
    } else if (cluster->served < kSlots) {
        add(findings, "redis.slots.missing", Level::degraded,
            fmt::format("{}: the other keys cannot be had", served), "see CLUSTER NODES");
    } else {
        add(findings, "redis.cluster.ok", Level::ok,
            fmt::format("its cluster is up: {}, {} nodes", served, cluster->nodes));
    }
}

// Full memory, a replica and too few replicas are degraded, as they are without the canary.
void assess_refused_canary(const std::string& error, Findings& findings) {
    const std::string_view kind = kind_of(error);
    if (kind == "MOVED" || kind == "ASK") {
        add(findings, "redis.canary.ok", Level::ok,
            "another node of the cluster has the canary's key: not tried here");
    } else if (kind == "NOPERM") {
        add(findings, "redis.canary.unavailable", Level::degraded,
            "no canary: no permission to set it (NOPERM)",
            fmt::format("grant the user +set ~{}, or set redis.canary = false", kCanaryKey));
    } else if (kind != "LOADING") {
        const bool known = kind == "OOM" || kind == "READONLY" || kind == "NOREPLICAS";
        add(findings, "redis.canary.failed", known ? Level::degraded : Level::unhealthy,
            "a write is refused: " + error, "see the server's log");
    }
}

// INFO does not report paused writes. Only a write shows them.
void assess_canary(const Answers& server, Findings& findings) {
    if (holds<Unacknowledged>(server.canary)) {
        add(findings, "redis.canary.failed", Level::unhealthy,
            "a write is not answered, reads are: writes are paused",
            "see who sent CLIENT PAUSE or FAILOVER; CLIENT UNPAUSE ends it");
    } else if (server.loading) {
        return;
    } else if (const auto* refused = std::get_if<ErrorReply>(&server.canary)) {
        assess_refused_canary(refused->text, findings);
    } else if (holds<Done>(server.canary)) {
        add(findings, "redis.canary.ok", Level::ok, "a key was set");
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

void assess_fullness(const Answers& server, Findings& findings) {
    if (!server.used_memory || !server.maxmemory || *server.maxmemory <= 0) {
        return;
    }
    const double share =
        static_cast<double>(*server.used_memory) / static_cast<double>(*server.maxmemory);
    const int percent = static_cast<int>(100.0 * std::clamp(share, 0.0, 9.99));
    const std::string used = fmt::format("{} of {} used", format_size(*server.used_memory),
                                         format_size(*server.maxmemory));
    if (percent < kFullPercent || server.maxmemory_policy != "noeviction") {
        add(findings, "redis.memory.ok", Level::ok, fmt::format("{} ({} %)", used, percent));
        return;
    }
    const std::string news =
        server.oom_refusals > 0
            ? fmt::format("; {} writes refused since the start (OOM)", server.oom_refusals)
            : "";
    add(findings, "redis.memory.full", Level::degraded,
        fmt::format("full: {} ({} %) under noeviction, writes are refused{}", used, percent, news),
        "raise maxmemory or delete keys");
}

void assess_memory(const Answers& server, const RedisConfig& config, Findings& findings) {
    assess_fullness(server, findings);
    if (server.maxmemory) {
        compare(findings, kMaxmemory, Level::degraded, limit_text(*server.maxmemory),
                limit_text(*config.maxmemory), "set it in redis.conf");
    }
    if (server.maxmemory_policy) {
        compare(findings, kMaxmemoryPolicy, Level::degraded, *server.maxmemory_policy,
                *config.maxmemory_policy, "set it in redis.conf");
    }
}

// The replicas of a master.
void assess_replicas(const Answers& server, Findings& findings) {
    if (server.replicas_in_time && *server.replicas_in_time < server.replicas_wanted) {
        add(findings, "redis.replication.underreplicated", Level::degraded,
            fmt::format("writes are refused (NOREPLICAS): {} of {} replicas keep up",
                        *server.replicas_in_time, server.replicas_wanted),
            "see the replicas, or lower min-replicas-to-write");
    }
}

void assess_replication(const Answers& server, Findings& findings) {
    if (!server.master) {
        assess_replicas(server, findings);
        return;
    }
    const Master& master = *server.master;
    if (!master.link_up) {
        add(findings, "redis.replication.disconnected", Level::degraded,
            fmt::format("replica of {}, link down{}: its data is old", master.address,
                        master.syncing ? ", copying" : ""),
            "see both servers' logs");
    } else if (master.read_only) {
        add(findings, "redis.replication.read_only", Level::degraded,
            fmt::format("read-only replica of {}: writes are refused here", master.address),
            "REPLICAOF NO ONE makes it a master");
    } else {
        add(findings, "redis.replication.ok", Level::ok,
            fmt::format("writable replica of {}, link up", master.address));
    }
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
    if (*config.service != "redis" || !server.bind) {
        return;
    }
    std::vector<std::string_view> addresses = split(*server.bind, ' ');
    std::erase(addresses, std::string_view{});
    if (!addresses.empty() && std::ranges::all_of(addresses, is_loopback)) {
        add(findings, "redis.bind.loopback", Level::degraded,
            fmt::format("listens on loopback only (bind {}): other containers cannot connect",
                        *server.bind),
            "set `bind * -::*` in redis.conf");
        return;
    }
    // Protected mode applies while the default user has no password. That is certain if this
    // process connected as that user without one.
    const bool open = holds<NotAsked>(server.login) || is_without_password(server);
    if (server.protected_mode.value_or(false) && open) {
        add(findings, "redis.bind.protected", Level::degraded,
            "protected mode refuses other hosts while there is no password: other containers "
            "cannot connect",
            "set requirepass, or `protected-mode no` in redis.conf");
    }
}

// The part of the first line after the server's name, shown if every finding is ok.
std::string verified_text(const Answers& server) {
    if (!server.appendonly || !server.used_memory || !server.maxmemory) {
        return server.ping_error ? "" : "answers PING";
    }
    const std::string sync =
        *server.appendonly && server.appendfsync ? ", " + *server.appendfsync : "";
    const std::string limit = *server.maxmemory == 0
                                  ? "used, no limit"
                                  : fmt::format("of {} used", format_size(*server.maxmemory));
    return fmt::format("appendonly {}{}; {}, {} {}", *server.appendonly ? "yes" : "no", sync,
                       server.maxmemory_policy.value_or(""), format_size(*server.used_memory),
                       limit);
}

std::string advice_for(ErrorKind kind, Level level) {
    if (kind == ErrorKind::tls || kind == ErrorKind::config) {
        return {};  // the text has the remedy
    }
    if (kind == ErrorKind::protocol) {
        return "compare ARC_REDIS_URL with the server's port; rediss:// is TLS";
    }
    if (kind == ErrorKind::unresolved) {
        return "compare ARC_REDIS_URL with the name of the server";
    }
    return level == Level::starting ? "the server is still being started"
                                    : "is the server running? see its log";
}

constexpr ConnectionCodes<kFindings> kConnectionCodes{"redis.connection."};

// The finding for a server that did not answer. While the agent waits for its server to start,
// silence has the level `absent`. A peer that is no Redis is always unhealthy.
Finding unanswered(const Error& error, Level absent) {
    if (error.kind == ErrorKind::shortage) {
        return shortage(error.text, absent);
    }
    const Level level = is_silence(error.kind) ? absent : Level::unhealthy;
    return {.code = kConnectionCodes.of(error.kind),
            .level = level,
            .text = error.text,
            .advice = advice_for(error.kind, level),
            .liveness = is_silence(error.kind),
            .no_way = is_no_way(error.kind)};
}

// "; /data has 0 B free", for findings about a server that cannot save.
std::string disk_text(const Facts& facts) {
    return facts.volume && facts.volume->available
               ? fmt::format("; {} has {} free", facts.server->dir.value_or(""),
                             format_size(*facts.volume->available))
               : std::string{};
}

}  // namespace

Verdict assess(const Facts& facts, const Config& config, Level absent) {
    Verdict verdict{.service = "redis", .server = {}, .verified = {}, .findings = {}};
    if (!facts.server) {
        verdict.findings.push_back(unanswered(facts.server.error(), absent));
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
        add(verdict.findings, "redis.mode.sentinel", Level::unhealthy,
            "this is a Sentinel: it holds no data",
            "compare ARC_REDIS_URL with the port of the server");
        return verdict;
    }
    const std::string disk = disk_text(facts);
    verdict.verified = verified_text(server);
    assess_liveness(server, disk, verdict.findings);
    assess_cluster(server.cluster, verdict.findings);
    assess_writes(server, disk, verdict.findings);
    assess_canary(server, verdict.findings);
    assess_appendonly(server, config_of(config), verdict.findings);
    assess_memory(server, config_of(config), verdict.findings);
    assess_replication(server, verdict.findings);
    assess_reach(server, config, verdict.findings);
    assess_visibility(server, verdict.findings);
    return verdict;
}

}  // namespace arc::redis
