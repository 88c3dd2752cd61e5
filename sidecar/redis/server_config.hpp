// What a redis-server is told by its configuration file and its command line, as far as preflight
// needs it. Redis 7 and 8, Valkey. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace arc::redis {

// The defaults are the server's own.
struct RedisSettings {
    std::string dir = ".";
    bool appendonly = false;
    bool load_truncated = true;  // aof-load-truncated
    std::string appenddirname = "appendonlydir";
    std::string appendfilename = "appendonly.aof";
    std::string dbfilename = "dump.rdb";
    std::int64_t maxmemory = 0;    // bytes; 0: no limit
    bool says_appendonly = false;  // `appendonly` was told, and is not the server's own default

    // The first that could not be read, for people: "include /etc/redis/conf.d/*.conf: a pattern".
    // Not empty: any setting may be another.
    std::string unread;
};

using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;

// `arguments` is what follows redis-server: a file, then `--name value…`, in the order in which the
// server takes them; "--name value" may be one word. Standard input, a file that cannot be read and
// a pattern in an include are named in `unread`.
[[nodiscard]] RedisSettings parse_redis_settings(std::span<const std::string> arguments,
                                                 const ReadFile& read);

}  // namespace arc::redis
