// Parses the configuration file and the command line of redis-server, as far as preflight needs
// them. Redis 7 and 8, Valkey. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace arc::redis {

// The defaults are those of the server.
struct RedisSettings {
    std::string dir = ".";
    bool appendonly = false;
    bool load_truncated = true;  // aof-load-truncated
    std::string appenddirname = "appendonlydir";
    std::string appendfilename = "appendonly.aof";
    std::string dbfilename = "dump.rdb";
    std::int64_t maxmemory = 0;    // bytes; 0: no limit
    bool says_appendonly = false;  // `appendonly` is set, and not the default

    // The first unreadable source, for messages: "include /etc/redis/conf.d/*.conf: a pattern". If
    // not empty, any setting may have another value.
    std::string unread;
};

using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;

// `arguments` follow redis-server on the command line: a file, then `--name value…`, in this order;
// "--name value" may be one argument. `unread` names standard input, an unreadable file, or a
// pattern in an include.
[[nodiscard]] RedisSettings parse_redis_settings(std::span<const std::string> arguments,
                                                 const ReadFile& read);

}  // namespace arc::redis
