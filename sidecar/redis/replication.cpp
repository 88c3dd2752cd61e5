#include "redis/replication.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "redis/commands.hpp"
#include "resp/info.hpp"

namespace arc::redis {
namespace {

constexpr std::uint16_t kPort = 6379;
constexpr std::uint16_t kSentinelPort = 26379;

Endpoint endpoint_of(std::string_view host, std::string_view port) {
    return {std::string(host), parse_port(port).value_or(0)};
}

// "slave0:ip=10.0.0.6,port=6379,state=online,offset=123,lag=0".
Replica replica_of(std::string_view value) {
    return {.at = endpoint_of(info_part(value, "ip"), info_part(value, "port")),
            .online = info_part(value, "state") == "online",
            .offset = resp::number(info_part(value, "offset")).value_or(0),
            .lag = resp::number(info_part(value, "lag")).value_or(0)};
}

Link link_of(std::string_view info) {
    const auto seconds = [info](std::string_view name) {
        return resp::number(info_field(info, name));
    };
    // Before the first link it is -1; before Redis 7 it is the time since 1970.
    const auto down = seconds("master_link_down_since_seconds").value_or(0);
    const auto uptime = seconds("uptime_in_seconds").value_or(down);
    const auto percent = info_field(info, "master_sync_perc");
    return {.master = endpoint_of(info_field(info, "master_host"), info_field(info, "master_port")),
            .up = info_field(info, "master_link_status") == "up",
            .syncing = info_field(info, "master_sync_in_progress") == "1",
            .never_synced = down < 0 || down > uptime + 1,
            .down_seconds = std::max<std::int64_t>(down, 0),
            .percent = percent.empty() ? std::nullopt : std::optional<std::string>{percent}};
}

std::vector<Url> urls_of(const Hosts& hosts, const std::string& scheme, std::uint16_t port) {
    std::vector<Url> urls;
    for (const HostPort& host : hosts) {
        urls.emplace_back(scheme, host.host, host.port == 0 ? port : host.port);
    }
    return urls;
}

// Of another server of the set: that of this one, unless this one is reached by a socket.
std::string scheme_of(const RedisConfig& config) {
    return config.url->scheme == "unix" ? "redis" : config.url->scheme;
}

}  // namespace

std::int64_t Replication::in_time() const noexcept {
    return std::ranges::count_if(replicas, &Replica::is_in_time);
}

std::optional<Replication> read_replication(std::string_view info) {
    const std::string_view role = info_field(info, "role");
    if (role.empty()) {
        return std::nullopt;
    }
    const auto value = [info](std::string_view name) {
        return resp::number(info_field(info, name)).value_or(0);
    };
    Replication found{.run_id = std::string(info_field(info, "run_id")),
                      .uptime = value("uptime_in_seconds"),
                      .loading = info_field(info, "loading") == "1",
                      .keys = count_keys(info),
                      .offset = value("master_repl_offset"),
                      .link = {},
                      .replicas = {}};
    if (role == "slave") {
        found.link = link_of(info);
        found.offset = value("slave_repl_offset");
    }
    for (std::int64_t i = 0; i < value("connected_slaves"); ++i) {
        found.replicas.push_back(replica_of(info_field(info, fmt::format("slave{}", i))));
    }
    return found;
}

std::vector<Url> sentinel_urls(const Config& config) {
    const RedisConfig& redis = config_of(config);
    return urls_of(*redis.sentinels, scheme_of(redis), kSentinelPort);
}

std::vector<Url> member_urls(const Config& config) {
    return urls_of(*config.cluster.members, scheme_of(config_of(config)), kPort);
}

resp::Credentials credentials(const RedisConfig& config) {
    return {*config.user, config.password->reveal()};
}

resp::Credentials sentinel_credentials(const RedisConfig& config) {
    return {*config.sentinel_user, config.sentinel_password->reveal()};
}

}  // namespace arc::redis
