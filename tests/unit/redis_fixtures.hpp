// Replies of a good Redis 8.0.2, for the tests to change.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "redis/commands.hpp"

namespace arc::redis::fixtures {

inline Reply text(std::string words) {
    return {.kind = Reply::Kind::text, .text = std::move(words), .list = {}};
}
inline Reply error(std::string words) {
    return {.kind = Reply::Kind::error, .text = std::move(words), .list = {}};
}

inline constexpr const char* kInfo =
    "# Server\r\nredis_version:8.0.2\r\nredis_mode:standalone\r\n\r\n"
    "# "
    "Memory\r\nused_memory:1153434\r\nused_memory_human:1.10M\r\nmaxmemory:536870912\r\nmaxmemory_"
    "policy:noeviction\r\n\r\n"
    "# "
    "Persistence\r\nloading:0\r\nasync_loading:0\r\nrdb_last_bgsave_status:ok\r\naof_enabled:"
    "1\r\naof_rewrite_in_progress:0\r\n"
    "aof_last_bgrewrite_status:ok\r\naof_last_write_status:ok\r\n\r\n"
    "# Replication\r\nrole:master\r\nconnected_slaves:0\r\n\r\n"
    "# Errorstats\r\n";

inline Reply list(std::initializer_list<const char*> words) {
    Reply reply{.kind = Reply::Kind::list, .text = {}, .list = {}};
    for (const char* word : words) {
        reply.list.push_back(text(word));
    }
    return reply;
}

// Changes the reply to CONFIG GET of a setting, or makes it one to an unknown setting (an empty
// list) known.
inline void set(std::vector<Reply>& replies, const char* name, const char* value) {
    const auto known = std::ranges::find_if(replies, [name](const Reply& reply) {
        return !reply.list.empty() && reply.list.front().text == name;
    });
    const auto reply =
        known != replies.end() ? known : std::ranges::find_if(replies, [](const Reply& each) {
            return each.kind == Reply::Kind::list && each.list.empty();
        });
    *reply = list({name, value});
}

// To PING, INFO and each CONFIG GET.
inline std::vector<Reply> good_replies() {
    std::vector<Reply> replies(check_commands(RedisConfig{}).size(), list({}));
    replies[0] = text("PONG");
    replies[1] = text(kInfo);
    for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
             {"bind", "* -::*"},
             {"protected-mode", "no"},
             {"appendonly", "yes"},
             {"appendfsync", "everysec"},
             {"maxmemory", "536870912"},
             {"maxmemory-policy", "noeviction"}}) {
        set(replies, name, value);
    }
    return replies;
}

// The facts of these replies, to an exchange with credentials or without.
inline Answers facts_from(std::span<const Reply> replies, bool credentials) {
    RedisConfig config;
    config.password.value = Secret{credentials ? "word" : ""};
    return read_answers(replies, config);
}

}  // namespace arc::redis::fixtures
