#include "redis/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/suggest.hpp"
#include "resp/info.hpp"

namespace arc::redis {

using resp::number;

namespace {

// The settings that a check reads. INFO reports the state, CONFIG the setting.
constexpr auto kSettings = std::to_array<std::string_view>(
    {"appendonly", "appendfsync", "maxmemory", "maxmemory-policy", "bind", "protected-mode", "dir",
     "min-replicas-to-write", "replica-ignore-maxmemory", "replica-serve-stale-data"});

// The value of a field, unless it is absent or empty.
std::optional<std::string> text(std::string_view info, std::string_view name) {
    const std::string_view value = info_field(info, name);
    return value.empty() ? std::nullopt : std::optional<std::string>{value};
}

std::optional<Loading> loading_of(std::string_view info) {
    if (info_field(info, "loading") != "1") {
        return std::nullopt;
    }
    const auto seconds = number(info_field(info, "loading_eta_seconds"));
    return Loading{text(info, "loading_loaded_perc"),
                   seconds.value_or(-1) < 0 ? std::nullopt : seconds};
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

void read_persistence(std::string_view info, Answers& server) {
    server.loading = loading_of(info);
    // While the server replays the append-only file, it reports aof_enabled:0 (8.0.2, observed).
    // Only CONFIG has the setting then.
    if (const auto enabled = info_field(info, "aof_enabled"); !enabled.empty() && !server.loading) {
        server.appendonly = enabled == "1";
    }
    server.aof_write_status = text(info, "aof_last_write_status");
    server.aof_rewrite_status = text(info, "aof_last_bgrewrite_status");
    server.rdb_save_status = text(info, "rdb_last_bgsave_status");
    server.aof_rewriting = info_field(info, "aof_rewrite_in_progress") == "1";
    server.aof_rewrite_due = info_field(info, "aof_rewrite_scheduled") == "1";
    const auto base = number(info_field(info, "aof_base_size"));
    const auto current = number(info_field(info, "aof_current_size"));
    server.aof_base_bytes = base;
    server.aof_bytes = base && current ? std::optional{std::max(*base, *current)} : std::nullopt;
    server.saving = info_field(info, "rdb_bgsave_in_progress") == "1";
}

// "db0:keys=3,expires=1,avg_ttl=0" for each database with a key.
void count_keys(std::string_view info, Memory& memory) {
    for (const std::string_view line : split(info, '\n')) {
        const std::size_t colon = line.find(':');
        if (line.starts_with("db") && colon != std::string_view::npos &&
            number(line.substr(2, colon - 2))) {
            const std::string_view counts = line.substr(colon + 1);
            memory.keys += number(info_part(counts, "keys")).value_or(0);
            memory.volatile_keys += number(info_part(counts, "expires")).value_or(0);
        }
    }
}

Memory memory_of(std::string_view info) {
    const auto bytes = [info](std::string_view name) {
        return number(info_field(info, name)).value_or(0);
    };
    Memory memory{.used = number(info_field(info, "used_memory")),
                  .uncounted = bytes("mem_not_counted_for_evict"),
                  .needs = bytes("used_memory_startup") + bytes("mem_clients_normal"),
                  .rejected_writes =
                      number(info_part(info_field(info, "errorstat_OOM"), "count")).value_or(0)};
    count_keys(info, memory);
    return memory;
}

std::optional<Clients> clients_of(std::string_view info) {
    const auto connected = number(info_field(info, "connected_clients"));
    const auto limit = number(info_field(info, "maxclients"));
    if (!connected || !limit) {
        return std::nullopt;
    }
    const auto others = [info](std::string_view name) {
        return number(info_field(info, name)).value_or(0);
    };
    return Clients{
        .connected = *connected + others("connected_slaves") + others("cluster_connections") - 1,
        .limit = *limit};
}

// Valkey reports a pause of the clients. Redis reports only the pause of a failover.
std::optional<std::string> pause_of(std::string_view info) {
    const std::string_view failover = info_field(info, "master_failover_state");
    if (!failover.empty() && failover != "no-failover") {
        return "FAILOVER";
    }
    const std::string_view actions = info_field(info, "paused_actions");
    return actions.empty() || actions == "none" ? std::nullopt : std::optional{"CLIENT PAUSE"};
}

void read_info(std::string_view info, Answers& server) {
    server.version = text(info, "redis_version");
    if (auto valkey = text(info, "valkey_version")) {
        server.product = "Valkey";
        server.version = std::move(valkey);
    }
    server.mode = text(info, "redis_mode");
    server.mode = server.mode ? server.mode : text(info, "server_mode");
    read_persistence(info, server);
    server.memory = memory_of(info);
    server.maxmemory = number(info_field(info, "maxmemory"));
    server.maxmemory_policy = text(info, "maxmemory_policy");
    server.clients = clients_of(info);
    server.paused_by = pause_of(info);
    server.replication = read_replication(info);
    server.role = text(info, "role");
    server.master = master_of(info);
    server.replicas_in_time = number(info_field(info, "min_slaves_good_slaves"));
}

// A value from INFO takes precedence.
void read_setting(std::string_view name, const std::string& value, Answers& server) {
    if (name == "appendfsync") {
        server.appendfsync = value;
    } else if (name == "dir") {
        server.dir = value;
    } else if (name == "bind") {
        server.bind = value;
    } else if (name == "protected-mode") {
        server.protected_mode = value == "yes";
    } else if (name == "min-replicas-to-write") {
        server.replicas_wanted = number(value);
    } else if (name == "replica-ignore-maxmemory") {
        server.replica_ignores_maxmemory = value == "yes";
    } else if (name == "replica-serve-stale-data") {
        server.replica_serves_stale_data = value == "yes";
    } else if (name == "appendonly" && !server.appendonly) {
        server.appendonly = value == "yes";
    } else if (name == "maxmemory" && !server.maxmemory) {
        server.maxmemory = number(value);
    } else if (name == "maxmemory-policy" && !server.maxmemory_policy) {
        server.maxmemory_policy = value;
    }
}

// A reply of an unexpected kind is an error, too.
std::optional<std::string> error_of(const Reply& reply, Reply::Kind wanted) {
    if (reply.kind == wanted) {
        return std::nullopt;
    }
    return reply.kind == Reply::Kind::error ? reply.text : "an answer of an unexpected kind";
}

Login login_of(const Reply& reply) {
    auto error = error_of(reply, Reply::Kind::text);
    return error ? Login{ErrorReply{std::move(*error)}} : Done{};
}

// nil: the canary of another check still exists.
Canary canary_of(const Reply& reply) {
    return reply.kind == Reply::Kind::error ? Canary{ErrorReply{reply.text}} : Done{};
}

}  // namespace

std::vector<Command> auth_command(const RedisConfig& config) {
    return resp::auth_command({*config.user, config.password->reveal()});
}

std::int64_t count_keys(std::string_view info) {
    Memory memory;
    count_keys(info, memory);
    return memory.keys;
}

bool has_credentials(const RedisConfig& config) noexcept {
    return !config.user->empty() || !config.password->empty();
}

std::vector<Command> check_commands(const RedisConfig& config) {
    std::vector<Command> commands = auth_command(config);
    commands.push_back({"PING"});
    commands.push_back({"INFO"});
    for (const std::string_view name : kSettings) {
        commands.push_back({"CONFIG", "GET", name});
    }
    if (*config.canary) {
        commands.push_back({"SET", kCanaryKey, "1", "PX", "1000", "NX"});
    }
    return commands;
}

std::vector<Command> cluster_commands(const RedisConfig& config) {
    std::vector<Command> commands = auth_command(config);
    commands.push_back({"CLUSTER", "INFO"});
    return commands;
}

ClusterState read_cluster(std::span<const Reply> replies) {
    const Reply& reply = replies.back();
    if (auto error = error_of(reply, Reply::Kind::text)) {
        return ErrorReply{std::move(*error)};
    }
    const std::string_view state = info_field(reply.text, "cluster_state");
    const auto served = number(info_field(reply.text, "cluster_slots_ok"));
    if (state.empty() || !served) {
        return ErrorReply{"the reply has no cluster_state or no cluster_slots_ok"};
    }
    return Cluster{.up = state == "ok",
                   .served = *served,
                   .nodes = number(info_field(reply.text, "cluster_known_nodes")).value_or(0)};
}

Answers read_answers(std::span<const Reply> replies, const RedisConfig& config) {
    Answers server;
    const std::size_t ping = has_credentials(config) ? 1 : 0;
    const std::size_t info = ping + 1;
    const std::size_t canary = info + 1 + kSettings.size();
    if (replies.size() < canary) {
        server.rejected = true;
        server.ping_error =
            replies.empty() ? "no answer" : error_of(replies.front(), Reply::Kind::text);
        return server;
    }
    if (has_credentials(config)) {
        server.login = login_of(replies[0]);
    }
    server.ping_error = error_of(replies[ping], Reply::Kind::text);
    server.info_error = error_of(replies[info], Reply::Kind::text);
    if (!server.info_error) {
        read_info(replies[info].text, server);
    }
    for (const Reply& setting : replies.subspan(info + 1, kSettings.size())) {
        if (auto error = error_of(setting, Reply::Kind::list); error) {
            server.config_error = std::move(error);
        } else if (setting.list.size() > 1) {  // empty: the server does not know the setting
            read_setting(setting.list[0].text, setting.list[1].text, server);
        }
    }
    if (replies.size() > canary) {
        server.canary = canary_of(replies[canary]);
    } else if (*config.canary) {
        server.canary = Unacknowledged{};
    }
    return server;
}

}  // namespace arc::redis
