#include "redis/gather.hpp"

#include "net/url.hpp"
#include "redis/client.hpp"
#include "redis/replies.hpp"

namespace arc::redis {
namespace {

Result<Exchanged> ask_server(const RedisConfig& config, std::span<const Command> commands,
                             Deadline deadline, std::size_t optional = 0) {
    return ask(*config.url, tls_options(config.tls, "ARC_REDIS_"), commands, deadline, {},
               optional);
}

bool cannot_save(const Answers& server) {
    return is_misconf(server) || has_failed(server.aof_write_status) ||
           has_failed(server.aof_rewrite_status) || has_failed(server.rdb_save_status);
}

}  // namespace

Facts gather(const Config& config, Deadline deadline) {
    const RedisConfig& redis = config_of(config);
    // The canary's write is the last question: a server that holds it back has answered the rest.
    const auto exchanged = ask_server(redis, questions(redis), deadline, *redis.canary ? 1 : 0);
    if (!exchanged) {
        return {.server = std::unexpected(exchanged.error()), .volume = {}};
    }
    Answers server = read_answers(exchanged->replies, redis);
    // Known only from the answers that the server is in cluster mode: a second exchange, of such a
    // server alone. Others would answer with an error and count it.
    if (server.mode == "cluster" && !server.loading) {
        const auto answer = ask_server(redis, cluster_questions(redis), deadline);
        server.cluster = answer ? read_cluster(answer->replies) : ErrorReply{answer.error().text};
    }
    auto volume = look_at_files(server, config);
    return {.server = std::move(server), .volume = std::move(volume)};
}

std::optional<VolumeFacts> look_at_files(const Answers& server, const Config& config) {
    const bool matters = *config.end_unhealthy_after || cannot_save(server);
    return matters && server.dir && is_loopback(config_of(config).url->host)
               ? std::optional{look_at_volume(*server.dir, *config_of(config).data_dir)}
               : std::nullopt;
}

}  // namespace arc::redis
