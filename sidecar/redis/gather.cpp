#include "redis/gather.hpp"

#include <algorithm>

#include "base/variant.hpp"
#include "net/url.hpp"
#include "redis/commands.hpp"
#include "redis/peers.hpp"
#include "redis/set_gather.hpp"
#include "resp/client.hpp"

namespace arc::redis {

using resp::ask;
using resp::Exchanged;
namespace {

Result<Exchanged> ask_server(const RedisConfig& config, std::span<const Command> commands,
                             Deadline deadline, std::size_t optional = 0) {
    return ask(*config.url, tls_options(config.tls, "ARC_REDIS_"), commands, deadline, {},
               optional);
}

// Redis Cluster has several masters, and a server that loads knows nothing yet.
bool asks_set(const Answers& server, const Config& config) {
    return config.cluster.is_member() && !server.loading && server.mode == "standalone";
}

// The address that clients are redirected to may lead to another server, or nowhere.
std::optional<Result<std::string>> ask_announced(const NodesFacts& facts, const Config& config,
                                                 Deadline deadline) {
    const auto self = facts.nodes ? std::ranges::find_if(*facts.nodes, &ClusterNode::is_self)
                                  : std::vector<ClusterNode>::const_iterator{};
    if (!facts.nodes || self == facts.nodes->end() || self->at.host.empty()) {
        return std::nullopt;
    }
    return ask_replication(url_of(self->at, config), config,
                           deadline.capped(deadline.remaining() / 2))
        .transform([](const Replication& there) { return there.run_id; });
}

NodesFacts gather_nodes(const Config& config, Deadline deadline) {
    NodesFacts facts{
        .nodes = tell(*config_of(config).url, config, {"CLUSTER", "NODES"}, deadline)
                     .transform([](const resp::Reply& reply) { return read_nodes(reply.text); }),
        .announced_run_id = {}};
    facts.announced_run_id = ask_announced(facts, config, deadline);
    return facts;
}

bool cannot_save(const Answers& server) {
    return is_misconf(server) || has_failed(server.aof_write_status) ||
           has_failed(server.aof_rewrite_status) || has_failed(server.rdb_save_status);
}

}  // namespace

Facts gather(const Config& config, Deadline deadline) {
    const RedisConfig& redis = config_of(config);
    // The canary is the last command, so a server with paused writes answers the others.
    const auto exchanged =
        ask_server(redis, check_commands(redis), deadline, *redis.canary ? 1 : 0);
    if (!exchanged) {
        return {.server = std::unexpected(exchanged.error()), .volume = {}};
    }
    Answers server = read_answers(exchanged->replies, redis);
    // The mode is only known from the answers, so the cluster's state needs a second exchange.
    // Other servers would answer with an error and count it.
    if (server.mode == "cluster" && !server.loading) {
        const auto answer = ask_server(redis, cluster_commands(redis), deadline);
        server.cluster = answer ? read_cluster(answer->replies) : ErrorReply{answer.error().text};
    }
    auto volume = look_at_files(server, config);
    std::optional<SetFacts> set;
    if (server.replication && asks_set(server, config)) {
        set = gather_set(*server.replication, config, deadline);
    }
    const bool is_node = config.cluster.is_member() && holds<Cluster>(server.cluster);
    auto nodes = is_node ? std::optional{gather_nodes(config, deadline)} : std::nullopt;
    return {.server = std::move(server),
            .volume = std::move(volume),
            .set = std::move(set),
            .nodes = std::move(nodes)};
}

std::optional<VolumeFacts> look_at_files(const Answers& server, const Config& config) {
    const std::string& declared = *config_of(config).data_dir;
    const bool matters = *config.end_unhealthy_after || cannot_save(server) || !declared.empty();
    return matters && server.dir && config.is_beside("redis", *config_of(config).url)
               ? std::optional{look_at_volume(*server.dir, declared)}
               : std::nullopt;
}

}  // namespace arc::redis
