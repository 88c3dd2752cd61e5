#include "redis/assess.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/suggest.hpp"
#include "base/units.hpp"

namespace arc::redis {
namespace {

using Findings = std::vector<Finding>;

void add(Findings& findings, std::string code, Level level, std::string text,
         std::string advice = {}) {
    findings.push_back({.code = std::move(code),
                        .level = level,
                        .text = std::move(text),
                        .measured = {},
                        .wanted = {},
                        .advice = std::move(advice)});
}

// A setting that is as declared, or differs.
void compare(Findings& findings, std::string_view setting, Level level, std::string measured,
             std::string wanted, std::string advice) {
    const bool same = measured == wanted;
    std::string subject{setting};
    std::ranges::replace(subject, '-', '_');
    findings.push_back({.code = fmt::format("redis.{}.{}", subject, same ? "ok" : "drift"),
                        .level = same ? Level::ok : level,
                        .text = same ? fmt::format("{} {}", setting, measured)
                                     : fmt::format("{} differs", setting),
                        .measured = same ? std::string{} : std::move(measured),
                        .wanted = same ? std::string{} : std::move(wanted),
                        .advice = same ? std::string{} : std::move(advice)});
}

// Error replies begin with a word that names their kind: "NOAUTH Authentication required."
std::string_view kind_of(std::string_view error) {
    return error.substr(0, error.find(' '));
}

bool is_unknown_command(std::string_view error) {
    return error.starts_with("ERR unknown command");
}

// True when the server did not let us in: then nothing else was answered, and nothing else is worth
// a line.
bool assess_access(const Facts& facts, Findings& findings) {
    const std::string_view auth = kind_of(facts.auth_error);
    if (auth == "WRONGPASS") {
        add(findings, "redis.authentication.failed", Level::unhealthy,
            "the server does not take this user and password (WRONGPASS)",
            "compare ARC_REDIS_USER and ARC_REDIS_PASSWORD_FILE with the server's requirepass or "
            "ACL");
        return true;
    }
    if (kind_of(facts.ping_error) == "NOAUTH") {
        add(findings, "redis.authentication.required", Level::unhealthy,
            "authentication required: the server wants a password (NOAUTH)",
            "set ARC_REDIS_PASSWORD_FILE");
        return true;
    }
    if (facts.auth_error.find("without any password configured") != std::string::npos) {
        add(findings, "redis.authentication.unneeded", Level::degraded,
            "a password is configured here and the server has none: everybody may connect",
            "set requirepass on the server, or drop the password here");
    } else if (!facts.auth_error.empty() && auth != "LOADING") {
        add(findings, "redis.authentication.rejected", Level::degraded,
            "AUTH was not accepted: " + facts.auth_error);
    }
    return false;
}

std::string loading_text(const Loading& loading, std::optional<bool> appendonly) {
    const char* what = !appendonly ? "" : *appendonly ? "AOF " : "RDB ";
    const std::string_view percent = loading.percent;
    std::string text = fmt::format("LOADING ({}{} %", what,
                                   percent.empty() ? "?" : percent.substr(0, percent.find('.')));
    if (loading.seconds_left >= 0) {
        text += fmt::format(", about {} s left", loading.seconds_left);
    }
    return text + ")";
}

void assess_liveness(const Facts& facts, Findings& findings) {
    const std::string_view kind = kind_of(facts.ping_error);
    if (facts.loading) {
        add(findings, "redis.dataset.loading", Level::starting,
            loading_text(*facts.loading, facts.appendonly), "nothing to do");
    } else if (kind == "LOADING") {
        add(findings, "redis.dataset.loading", Level::starting, "LOADING the data set",
            "nothing to do");
    } else if (kind == "MISCONF") {
        add(findings, "redis.persistence.failed", Level::unhealthy, facts.ping_error,
            "writes are refused until the server can save: see its log and its disk");
    } else if (kind == "NOPERM") {
        add(findings, "redis.ping.failed", Level::degraded,
            "answers, but has no permission for PING (NOPERM)", "grant the user +ping");
    } else if (!facts.ping_error.empty()) {
        add(findings, "redis.ping.failed", Level::unhealthy,
            "PING was answered with: " + facts.ping_error);
    } else {
        add(findings, "redis.ping.ok", Level::ok, "answers PING");
    }
}

std::string reason_of(std::string_view command, const std::string& error) {
    if (kind_of(error) == "NOPERM") {
        return fmt::format("no permission for {} (NOPERM)", command);
    }
    return is_unknown_command(error) ? fmt::format("{} is renamed or disabled", command)
                                     : fmt::format("{}: {}", command, error);
}

std::string unverified(const Facts& facts) {
    std::vector<std::string_view> names;
    const auto note = [&names](bool missing, std::string_view name) {
        if (missing) {
            names.push_back(name);
        }
    };
    note(!facts.appendonly, "appendonly");
    note(facts.appendfsync.empty(), "appendfsync");
    note(!facts.maxmemory, "maxmemory");
    note(facts.maxmemory_policy.empty(), "maxmemory-policy");
    note(facts.aof_write_status.empty(), "write errors");
    return fmt::format("{}", fmt::join(names, ", "));
}

std::string grant(const Facts& facts) {
    const bool info = kind_of(facts.info_error) == "NOPERM";
    const bool config = kind_of(facts.config_error) == "NOPERM";
    return fmt::format("grant the user{}{}", info ? " +info" : "", config ? " +config|get" : "");
}

// What the server would not tell: renamed commands (hardened and managed servers) and a user
// without the permission.
void assess_visibility(const Facts& facts, Findings& findings) {
    if (facts.info_error.empty() && facts.config_error.empty()) {
        return;
    }
    const bool both_forbidden =
        kind_of(facts.info_error) == "NOPERM" && kind_of(facts.config_error) == "NOPERM";
    std::string reason;
    if (both_forbidden) {
        reason = "no permission for INFO and CONFIG (NOPERM)";
    } else {
        reason = facts.info_error.empty() ? std::string{} : reason_of("INFO", facts.info_error);
        if (!facts.config_error.empty()) {
            reason += (reason.empty() ? "" : ", ") + reason_of("CONFIG", facts.config_error);
        }
    }
    const bool forbidden =
        kind_of(facts.info_error) == "NOPERM" || kind_of(facts.config_error) == "NOPERM";
    const std::string code =
        facts.info_error.empty() ? "redis.config.unavailable" : "redis.info.unavailable";
    const std::string missing = unverified(facts);
    add(findings, code, Level::degraded,
        missing.empty() ? reason : fmt::format("{} not verifiable: {}", missing, reason),
        forbidden ? grant(facts) : "");
}

void assess_appendonly(const Facts& facts, const RedisConfig& config, Findings& findings) {
    if (facts.appendonly) {
        // A default is our word, not the operator's: it must not stop a server that was never meant
        // to be durable.
        const bool wanted = *config.appendonly && config.appendonly.declared();
        const Level level = wanted ? Level::unhealthy : Level::degraded;
        compare(
            findings, "appendonly", level, *facts.appendonly ? "yes" : "no",
            *config.appendonly ? "yes" : "no",
            *config.appendonly ? "a restart loses the data: see `appendonly` in redis.conf" : "");
    }
    if (!facts.appendfsync.empty()) {
        compare(findings, "appendfsync", Level::degraded, facts.appendfsync, *config.appendfsync,
                "set it in redis.conf");
    }
}

bool failed(const std::string& status) {
    return !status.empty() && status != "ok";
}

// After CONFIG SET appendonly yes the server has no append-only file until its first rewrite is
// done, whatever it says of its writes (AOF_WAIT_REWRITE in Redis's aof.c); what lies on the disk
// is nothing, or older than the time without one. A rewrite that failed is then due again at once.
// A server that has its file makes one due only while it saves.
bool lacks_aof(const Facts& facts) {
    const bool none = facts.aof_bytes == 0;
    return facts.appendonly.value_or(false) && !facts.loading &&
           ((facts.aof_rewrite_due &&
             (none || (failed(facts.aof_rewrite_status) && !facts.saving))) ||
            (facts.aof_rewriting && none));
}

void assess_rewrite(const Facts& facts, Findings& findings) {
    const bool absent = lacks_aof(facts);
    if (absent && failed(facts.aof_rewrite_status)) {
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
    } else if (failed(facts.aof_rewrite_status)) {
        add(findings, "redis.aof_rewrite.failed", Level::degraded,
            "the last rewrite of the append-only file failed, so it keeps growing",
            "see the server's log and its disk");
    }
}

void assess_writes(const Facts& facts, Findings& findings) {
    if (failed(facts.aof_write_status)) {
        add(findings, "redis.aof_write.failed", Level::unhealthy,
            "the last write to the append-only file failed", "see the server's log and its disk");
    }
    assess_rewrite(facts, findings);
    if (failed(facts.rdb_save_status)) {
        add(findings, "redis.rdb_save.failed", Level::degraded, "the last RDB save failed",
            "see the server's log and its disk");
    }
    if (facts.aof_write_status == "ok" && !failed(facts.aof_rewrite_status) &&
        !failed(facts.rdb_save_status) && !lacks_aof(facts)) {
        add(findings, "redis.persistence.ok", Level::ok,
            facts.aof_rewriting ? "saves without errors, a rewrite is in progress"
                                : "saves without errors");
    }
}

// A node may answer everything but what clients want of it.
void assess_cluster(const Facts& facts, Findings& findings) {
    if (!facts.cluster) {
        if (!facts.cluster_error.empty()) {
            add(findings, "redis.cluster_info.unavailable", Level::degraded,
                "the cluster's state is not verifiable: " +
                    reason_of("CLUSTER INFO", facts.cluster_error),
                kind_of(facts.cluster_error) == "NOPERM" ? "grant the user +cluster|info" : "");
        }
        return;
    }
    const Cluster& cluster = *facts.cluster;
    const std::string served = fmt::format("{} of {} slots served", cluster.served, kSlots);
    if (!cluster.up) {
        add(findings, "redis.cluster.down", Level::unhealthy,
            fmt::format("its cluster is down: {}, writes are refused (CLUSTERDOWN)", served),
            "see CLUSTER NODES");
    } else if (cluster.served < kSlots) {
        add(findings, "redis.slots.missing", Level::degraded,
            fmt::format("{}: the other keys cannot be had", served), "see CLUSTER NODES");
    } else {
        add(findings, "redis.cluster.ok", Level::ok,
            fmt::format("its cluster is up: {}, {} nodes", served, cluster.nodes));
    }
}

// What cannot be asked, only tried. A full memory, a replica and too few replicas are degraded, as
// they are without it.
void assess_canary(const Facts& facts, Findings& findings) {
    if (facts.canary_silent) {
        add(findings, "redis.canary.failed", Level::unhealthy,
            "a write is not answered, reads are: writes are paused",
            "see who sent CLIENT PAUSE or FAILOVER; CLIENT UNPAUSE ends it");
        return;
    }
    if (!facts.canary_error || facts.loading) {
        return;
    }
    const std::string_view kind = kind_of(*facts.canary_error);
    if (kind.empty()) {
        add(findings, "redis.canary.ok", Level::ok, "a key was set");
    } else if (kind == "MOVED" || kind == "ASK") {
        add(findings, "redis.canary.ok", Level::ok,
            "another node of the cluster has the canary's key: not tried here");
    } else if (kind == "NOPERM") {
        add(findings, "redis.canary.unavailable", Level::degraded,
            "no canary: no permission to set it (NOPERM)",
            fmt::format("grant the user +set ~{}, or set redis.canary = false", kCanaryKey));
    } else if (kind != "LOADING") {
        const bool known = kind == "OOM" || kind == "READONLY" || kind == "NOREPLICAS";
        add(findings, "redis.canary.failed", known ? Level::degraded : Level::unhealthy,
            "a write is refused: " + *facts.canary_error, "see the server's log");
    }
}

// Exact, since two different limits must not read the same when rounded.
std::string limit_text(std::int64_t bytes) {
    const std::string rounded = format_size(bytes);
    if (bytes == 0) {
        return "no limit";
    }
    return rounded.find('.') == std::string::npos ? rounded : fmt::format("{} bytes", bytes);
}

void assess_fullness(const Facts& facts, Findings& findings) {
    if (!facts.used_memory || !facts.maxmemory || *facts.maxmemory <= 0) {
        return;
    }
    const double share =
        static_cast<double>(*facts.used_memory) / static_cast<double>(*facts.maxmemory);
    const int percent = static_cast<int>(100.0 * std::clamp(share, 0.0, 9.99));
    const std::string used = fmt::format("{} of {} used", format_size(*facts.used_memory),
                                         format_size(*facts.maxmemory));
    if (percent < kFullPercent || facts.maxmemory_policy != "noeviction") {
        add(findings, "redis.memory.ok", Level::ok, fmt::format("{} ({} %)", used, percent));
        return;
    }
    const std::string news =
        facts.oom_refusals > 0
            ? fmt::format("; {} writes refused since the start (OOM)", facts.oom_refusals)
            : "";
    add(findings, "redis.memory.full", Level::degraded,
        fmt::format("full: {} ({} %) under noeviction, writes are refused{}", used, percent, news),
        "raise maxmemory or delete keys");
}

void assess_memory(const Facts& facts, const RedisConfig& config, Findings& findings) {
    assess_fullness(facts, findings);
    if (facts.maxmemory) {
        compare(findings, "maxmemory", Level::degraded, limit_text(*facts.maxmemory),
                limit_text(*config.maxmemory), "set it in redis.conf");
    }
    if (!facts.maxmemory_policy.empty()) {
        compare(findings, "maxmemory-policy", Level::degraded, facts.maxmemory_policy,
                *config.maxmemory_policy, "set it in redis.conf");
    }
}

// Of a master.
void assess_replicas(const Facts& facts, Findings& findings) {
    if (facts.replicas_in_time && *facts.replicas_in_time < facts.replicas_wanted) {
        add(findings, "redis.replication.underreplicated", Level::degraded,
            fmt::format("writes are refused (NOREPLICAS): {} of {} replicas keep up",
                        *facts.replicas_in_time, facts.replicas_wanted),
            "see the replicas, or lower min-replicas-to-write");
    }
}

void assess_replication(const Facts& facts, Findings& findings) {
    if (!facts.master) {
        assess_replicas(facts, findings);
        return;
    }
    const Master& master = *facts.master;
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

// Only inside the image of the service, where other containers must connect; elsewhere loopback is
// a right choice.
void assess_reach(const Facts& facts, const Config& config, Findings& findings) {
    if (*config.service != "redis" || !facts.bind) {
        return;
    }
    std::vector<std::string_view> addresses = split(*facts.bind, ' ');
    std::erase(addresses, std::string_view{});
    if (!addresses.empty() && std::ranges::all_of(addresses, is_loopback)) {
        add(findings, "redis.bind.loopback", Level::degraded,
            fmt::format("listens on loopback only (bind {}): other containers cannot connect",
                        *facts.bind),
            "set `bind * -::*` in redis.conf");
        return;
    }
    // Protected mode acts while the default user has no password. That is known when we came in as
    // that user without one.
    const bool open = !facts.credentials_sent ||
                      facts.auth_error.find("without any password configured") != std::string::npos;
    if (facts.protected_mode.value_or(false) && open) {
        add(findings, "redis.bind.protected", Level::degraded,
            "protected mode refuses other hosts while there is no password: other containers "
            "cannot connect",
            "set requirepass, or `protected-mode no` in redis.conf");
    }
}

// The part of the first line after the server's name: what stands when all is well.
std::string verified_text(const Facts& facts) {
    if (!facts.appendonly || !facts.used_memory || !facts.maxmemory) {
        return facts.ping_error.empty() ? "answers PING" : "";
    }
    const std::string sync =
        *facts.appendonly && !facts.appendfsync.empty() ? ", " + facts.appendfsync : "";
    const std::string limit = *facts.maxmemory == 0
                                  ? "used, no limit"
                                  : fmt::format("of {} used", format_size(*facts.maxmemory));
    return fmt::format("appendonly {}{}; {}, {} {}", *facts.appendonly ? "yes" : "no", sync,
                       facts.maxmemory_policy, format_size(*facts.used_memory), limit);
}

}  // namespace

Verdict assess(const Facts& facts, const Config& config) {
    Verdict verdict{.service = "redis", .server = {}, .verified = {}, .findings = {}};
    if (assess_access(facts, verdict.findings)) {
        return verdict;
    }
    verdict.server =
        facts.version.empty() ? facts.product : fmt::format("{} {}", facts.product, facts.version);
    if (facts.mode == "sentinel") {
        add(verdict.findings, "redis.mode.sentinel", Level::unhealthy,
            "this is a Sentinel: it holds no data",
            "compare ARC_REDIS_URL with the port of the server");
        return verdict;
    }
    verdict.verified = verified_text(facts);
    assess_liveness(facts, verdict.findings);
    assess_cluster(facts, verdict.findings);
    assess_writes(facts, verdict.findings);
    assess_canary(facts, verdict.findings);
    assess_appendonly(facts, config_of(config), verdict.findings);
    assess_memory(facts, config_of(config), verdict.findings);
    assess_replication(facts, verdict.findings);
    assess_reach(facts, config, verdict.findings);
    assess_visibility(facts, verdict.findings);
    return verdict;
}

}  // namespace arc::redis
