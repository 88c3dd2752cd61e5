#include "redis/commands.hpp"

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
    server.aof_bytes = base && current ? std::optional{std::max(*base, *current)} : std::nullopt;
    server.saving = info_field(info, "rdb_bgsave_in_progress") == "1";
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
    server.used_memory = number(info_field(info, "used_memory"));
    server.maxmemory = number(info_field(info, "maxmemory"));
    server.maxmemory_policy = text(info, "maxmemory_policy");
    std::string_view refusals = info_field(info, "errorstat_OOM");
    if (refusals.starts_with("count=")) {
        refusals.remove_prefix(6);
        server.oom_refusals = number(refusals).value_or(0);
    }
    server.master = master_of(info);
    server.replicas_in_time = number(info_field(info, "min_slaves_good_slaves"));
}

// INFO reports the state, CONFIG the setting. A value from INFO takes precedence.
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
        server.replicas_wanted = number(value).value_or(0);
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

bool has_credentials(const RedisConfig& config) noexcept {
    return !config.user->empty() || !config.password->empty();
}

std::vector<Command> auth_command(const RedisConfig& config) {
    std::vector<Command> commands;
    if (!config.user->empty()) {
        commands.push_back({"AUTH", *config.user, config.password->reveal()});
    } else if (!config.password->empty()) {
        commands.push_back({"AUTH", config.password->reveal()});
    }
    return commands;
}

std::vector<Command> check_commands(const RedisConfig& config) {
    std::vector<Command> commands = auth_command(config);
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
    return Cluster{.up = info_field(reply.text, "cluster_state") == "ok",
                   .served = number(info_field(reply.text, "cluster_slots_ok")).value_or(0),
                   .nodes = number(info_field(reply.text, "cluster_known_nodes")).value_or(0)};
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

Answers read_answers(std::span<const Reply> replies, const RedisConfig& config) {
    Answers server;
    const std::size_t first = has_credentials(config) ? 1 : 0;
    if (replies.size() != first + 3 && replies.size() != first + 4) {
        server.ping_error =
            replies.empty() ? "no answer" : error_of(replies.front(), Reply::Kind::text);
        return server;
    }
    if (has_credentials(config)) {
        server.login = login_of(replies[0]);
    }
    const Reply& info = replies[first + 1];
    const Reply& settings = replies[first + 2];
    server.ping_error = error_of(replies[first], Reply::Kind::text);
    server.info_error = error_of(info, Reply::Kind::text);
    server.config_error = error_of(settings, Reply::Kind::list);
    if (!server.info_error) {
        read_info(info.text, server);
    }
    for (std::size_t i = 0; i + 1 < settings.list.size(); i += 2) {
        read_setting(settings.list[i].text, settings.list[i + 1].text, server);
    }
    if (replies.size() == first + 4) {
        server.canary = canary_of(replies.back());
    } else if (*config.canary) {
        server.canary = Unacknowledged{};
    }
    return server;
}

}  // namespace arc::redis
