#include "sentinel/commands.hpp"

#include <algorithm>

#include "base/suggest.hpp"
#include "resp/info.hpp"

namespace arc::sentinel {
namespace {

using resp::info_field;
using resp::list_field;
using resp::Reply;

// The replies after AUTH.
enum ReplyTo : std::size_t { ping, info, master, quorum, replicas, sentinels, names, reply_count };

std::optional<std::string> error_of(const Reply& reply) {
    return reply.kind == Reply::Kind::error ? std::optional{reply.text} : std::nullopt;
}

std::optional<std::string> text(std::string_view value) {
    return value.empty() ? std::nullopt : std::optional<std::string>{value};
}

// A peer is down while one of its flags says so. `s-down-time` is there from then on; a peer that
// was never reached has none, and is down for as long as its last answer is old.
Peer peer_of(const Reply& reply) {
    const auto flags = split(list_field(reply, "flags"), ',');
    Peer peer{.at = {std::string(list_field(reply, "ip")),
                     parse_port(list_field(reply, "port")).value_or(0)},
              .down_for = {}};
    if (std::ranges::contains(flags, "s_down") || std::ranges::contains(flags, "disconnected")) {
        const auto since = resp::number(list_field(reply, "s-down-time"));
        const auto last_ok = resp::number(list_field(reply, "last-ok-ping-reply"));
        peer.down_for = std::chrono::milliseconds{since ? *since : last_ok.value_or(0)};
    }
    return peer;
}

std::vector<Peer> peers_of(const Reply& reply) {
    std::vector<Peer> peers;
    for (const Reply& each : reply.list) {
        peers.push_back(peer_of(each));
    }
    return peers;
}

std::variant<NotAsked, Done, ErrorReply> quorum_of(const Reply& reply) {
    if (const auto error = error_of(reply)) {
        return ErrorReply{*error};
    }
    return Done{};
}

std::optional<Names> names_of(const Reply& reply) {
    const auto resolved = list_field(reply, "resolve-hostnames");
    const auto announced = list_field(reply, "announce-hostnames");
    return resolved.empty() ? std::nullopt
                            : std::optional{Names{resolved == "yes", announced == "yes"}};
}

void read_info(std::string_view info, Answers& server) {
    server.version = text(info_field(info, "redis_version"));
    if (auto valkey = text(info_field(info, "valkey_version"))) {
        server.product = "Valkey Sentinel";
        server.version = std::move(valkey);
    }
    server.mode = text(info_field(info, "redis_mode"));
    if (!server.mode) {
        server.mode = text(info_field(info, "server_mode"));
    }
    server.tilt = info_field(info, "sentinel_tilt") == "1";
}

}  // namespace

resp::Credentials credentials(const SentinelConfig& config) {
    return {*config.user, config.password->reveal()};
}

std::vector<resp::Command> check_commands(const SentinelConfig& config) {
    std::vector<resp::Command> commands = resp::auth_command(credentials(config));
    const std::string_view name = *config.master_name;
    commands.push_back({"PING"});
    commands.push_back({"INFO"});
    commands.push_back({"SENTINEL", "MASTER", name});
    commands.push_back({"SENTINEL", "CKQUORUM", name});
    commands.push_back({"SENTINEL", "REPLICAS", name});
    commands.push_back({"SENTINEL", "SENTINELS", name});
    commands.push_back({"SENTINEL", "CONFIG", "GET", "*"});
    return commands;
}

Answers read_answers(std::span<const Reply> replies, const SentinelConfig& config) {
    Answers server{.login_error = {},
                   .ping_error = {},
                   .version = {},
                   .mode = {},
                   .master = std::nullopt,
                   .quorum = {},
                   .replicas = {},
                   .sentinels = {},
                   .votes = {},
                   .names = {}};
    const std::size_t login = resp::auth_command(credentials(config)).size();
    if (replies.size() < login + reply_count) {
        server.ping_error = replies.empty() ? "no answer" : error_of(replies.front());
        return server;
    }
    server.login_error = login == 0 ? std::nullopt : error_of(replies[0]);
    const auto after = replies.subspan(login);
    server.ping_error = error_of(after[ping]);
    read_info(after[info].text, server);
    server.master = resp::read_master(after[master]);
    if (server.master && *server.master) {
        server.quorum = quorum_of(after[quorum]);
    }
    server.replicas = peers_of(after[replicas]);
    server.sentinels = peers_of(after[sentinels]);
    server.names = names_of(after[names]);
    return server;
}

}  // namespace arc::sentinel
