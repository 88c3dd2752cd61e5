// Replies of a good Redis 8.0.2, for the tests to change.
#pragma once

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

// To PING, INFO and CONFIG GET.
inline std::vector<Reply> good_replies() {
    return {text("PONG"), text(kInfo),
            list({"bind", "* -::*", "protected-mode", "no", "appendonly", "yes", "appendfsync",
                  "everysec", "maxmemory", "536870912", "maxmemory-policy", "noeviction"})};
}

// The facts of these replies, to an exchange with credentials or without.
inline Answers facts_from(std::span<const Reply> replies, bool credentials) {
    RedisConfig config;
    config.password.value = Secret{credentials ? "word" : ""};
    return read_answers(replies, config);
}

}  // namespace arc::redis::fixtures
