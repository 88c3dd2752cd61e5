#include "redis/facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace arc::redis {
namespace {

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    return status == std::errc{} && end == text.data() + text.size() ? std::optional{value}
                                                                     : std::nullopt;
}

std::optional<Loading> loading_of(std::string_view info) {
    if (info_field(info, "loading") != "1") {
        return std::nullopt;
    }
    return Loading{std::string(info_field(info, "loading_loaded_perc")),
                   number(info_field(info, "loading_eta_seconds")).value_or(-1)};
}

std::optional<Master> master_of(std::string_view info) {
    if (info_field(info, "role") != "slave") {
        return std::nullopt;
    }
    return Master{.address = fmt::format("{}:{}", info_field(info, "master_host"),
                                         info_field(info, "master_port")),
                  .link_up = info_field(info, "master_link_status") == "up",
                  .syncing = info_field(info, "master_sync_in_progress") == "1",
                  .read_only = info_field(info, "slave_read_only") != "0"};
}

void read_persistence(std::string_view info, Facts& facts) {
    facts.loading = loading_of(info);
    // While it replays the append-only file the server has switched it off, so as not to write what
    // it reads: aof_enabled is 0 then (seen on 8.0.2), and only CONFIG tells.
    if (const auto enabled = info_field(info, "aof_enabled"); !enabled.empty() && !facts.loading) {
        facts.appendonly = enabled == "1";
    }
    facts.aof_write_status = info_field(info, "aof_last_write_status");
    facts.aof_rewrite_status = info_field(info, "aof_last_bgrewrite_status");
    facts.rdb_save_status = info_field(info, "rdb_last_bgsave_status");
    facts.aof_rewriting = info_field(info, "aof_rewrite_in_progress") == "1";
    facts.aof_rewrite_due = info_field(info, "aof_rewrite_scheduled") == "1";
    const auto base = number(info_field(info, "aof_base_size"));
    const auto current = number(info_field(info, "aof_current_size"));
    facts.aof_bytes = base && current ? std::optional{std::max(*base, *current)} : std::nullopt;
    facts.saving = info_field(info, "rdb_bgsave_in_progress") == "1";
}

void read_info(std::string_view info, Facts& facts) {
    facts.version = info_field(info, "redis_version");
    if (const auto valkey = info_field(info, "valkey_version"); !valkey.empty()) {
        facts.product = "Valkey";
        facts.version = valkey;
    }
    const auto mode = info_field(info, "redis_mode");
    facts.mode = mode.empty() ? info_field(info, "server_mode") : mode;
    read_persistence(info, facts);
    facts.used_memory = number(info_field(info, "used_memory"));
    facts.maxmemory = number(info_field(info, "maxmemory"));
    facts.maxmemory_policy = info_field(info, "maxmemory_policy");
    std::string_view refusals = info_field(info, "errorstat_OOM");
    if (refusals.starts_with("count=")) {
        refusals.remove_prefix(6);
        facts.oom_refusals = number(refusals).value_or(0);
    }
    facts.master = master_of(info);
    facts.replicas_in_time = number(info_field(info, "min_slaves_good_slaves"));
}

// What INFO said already stands: it is the state, and CONFIG is what was asked for.
void read_setting(std::string_view name, const std::string& value, Facts& facts) {
    if (name == "appendfsync") {
        facts.appendfsync = value;
    } else if (name == "dir") {
        facts.dir = value;
    } else if (name == "bind") {
        facts.bind = value;
    } else if (name == "protected-mode") {
        facts.protected_mode = value == "yes";
    } else if (name == "min-replicas-to-write") {
        facts.replicas_wanted = number(value).value_or(0);
    } else if (name == "appendonly" && !facts.appendonly) {
        facts.appendonly = value == "yes";
    } else if (name == "maxmemory" && !facts.maxmemory) {
        facts.maxmemory = number(value);
    } else if (name == "maxmemory-policy" && facts.maxmemory_policy.empty()) {
        facts.maxmemory_policy = value;
    }
}

// A reply of another kind than asked for is no answer either.
std::string error_of(const Reply& reply, Reply::Kind wanted) {
    if (reply.kind == wanted) {
        return {};
    }
    return reply.kind == Reply::Kind::error ? reply.text : "an answer of an unexpected kind";
}

}  // namespace

bool has_credentials(const RedisConfig& config) noexcept {
    return !config.user->empty() || !config.password->empty();
}

std::vector<Command> credentials(const RedisConfig& config) {
    std::vector<Command> commands;
    if (!config.user->empty()) {
        commands.push_back({"AUTH", *config.user, config.password->reveal()});
    } else if (!config.password->empty()) {
        commands.push_back({"AUTH", config.password->reveal()});
    }
    return commands;
}

std::vector<Command> questions(const RedisConfig& config) {
    std::vector<Command> commands = credentials(config);
    commands.push_back({"PING"});
    commands.push_back({"INFO", "server", "persistence", "memory", "replication", "errorstats"});
    commands.push_back({"CONFIG", "GET", "appendonly", "appendfsync", "maxmemory",
                        "maxmemory-policy", "bind", "protected-mode", "min-replicas-to-write",
                        "dir"});
    if (*config.canary) {
        commands.push_back({"SET", kCanaryKey, "1", "PX", "1000", "NX"});
    }
    return commands;
}

std::vector<Command> cluster_questions(const RedisConfig& config) {
    std::vector<Command> commands = credentials(config);
    commands.push_back({"CLUSTER", "INFO"});
    return commands;
}

void read_cluster(std::span<const Reply> replies, Facts& facts) {
    const Reply& reply = replies.back();
    facts.cluster_error = error_of(reply, Reply::Kind::text);
    if (facts.cluster_error.empty()) {
        facts.cluster =
            Cluster{.up = info_field(reply.text, "cluster_state") == "ok",
                    .served = number(info_field(reply.text, "cluster_slots_ok")).value_or(0),
                    .nodes = number(info_field(reply.text, "cluster_known_nodes")).value_or(0)};
    }
}

std::string_view info_field(std::string_view info, std::string_view name) noexcept {
    for (std::size_t at = info.find(name); at != std::string_view::npos;
         at = info.find(name, at + 1)) {
        const std::size_t colon = at + name.size();
        const bool line_start = at == 0 || info[at - 1] == '\n';
        if (line_start && colon < info.size() && info[colon] == ':') {
            const std::string_view rest = info.substr(colon + 1);
            return rest.substr(0, rest.find_first_of("\r\n"));
        }
    }
    return {};
}

Facts facts_from(std::span<const Reply> replies, bool credentials_sent) {
    Facts facts;
    facts.credentials_sent = credentials_sent;
    const std::size_t first = credentials_sent ? 1 : 0;
    if (replies.size() != first + 3 && replies.size() != first + 4) {
        facts.ping_error =
            replies.empty() ? "no answer" : error_of(replies.front(), Reply::Kind::text);
        return facts;
    }
    if (credentials_sent) {
        facts.auth_error = error_of(replies[0], Reply::Kind::text);
    }
    if (replies.size() == first + 4) {  // a nil is another's canary of the last second
        const Reply& canary = replies.back();
        facts.canary_error = canary.kind == Reply::Kind::error ? canary.text : std::string{};
    }
    const Reply& info = replies[first + 1];
    const Reply& settings = replies[first + 2];
    facts.ping_error = error_of(replies[first], Reply::Kind::text);
    facts.info_error = error_of(info, Reply::Kind::text);
    facts.config_error = error_of(settings, Reply::Kind::list);
    if (facts.info_error.empty()) {
        read_info(info.text, facts);
    }
    for (std::size_t i = 0; i + 1 < settings.list.size(); i += 2) {
        read_setting(settings.list[i].text, settings.list[i + 1].text, facts);
    }
    return facts;
}

}  // namespace arc::redis
