// Reads the configuration files and the command line of redis-server and valkey-server as these
// do, as far as the sidecar needs them. Redis 7.0 to 8.0, Valkey 8.1. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace arc::redis {

// The server's view of the file system. A path may be relative to the server's first directory.
struct ServerFiles {
    // The text of a file, "" for a directory, as in the server. nullopt: it cannot be read here.
    std::function<std::optional<std::string>(const std::string& path)> read;
    // The paths that match a pattern (glob(3)), sorted.
    std::function<std::vector<std::string>(const std::string& pattern)> match;
    // What certainly is at a path.
    enum class Kind { unknown, absent, directory, file };
    std::function<Kind(const std::string& path)> look;
};

enum class RedisMode {
    server,
    sentinel,  // keeps no data
    answers,   // --version and similar: prints an answer and exits
};

// The initial values are the server's defaults.
struct RedisSettings {
    RedisMode mode = RedisMode::server;
    std::string dir = ".";  // may contain "..", which counts from the target of a symbolic link
    bool appendonly = false;
    bool says_appendonly = false;  // `appendonly` is set, and not the default
    bool load_truncated = true;    // aof-load-truncated
    std::string appenddirname = "appendonlydir";
    std::string appendfilename = "appendonly.aof";
    std::string dbfilename = "dump.rdb";
    std::uint64_t maxmemory = 0;  // bytes; 0: no limit
    std::int64_t maxclients = 10'000;
    std::uint16_t port = 6379;   // 0: none
    std::uint16_t tls_port = 0;  // 0: none
    std::vector<std::string> bind{"*", "-::*"};
    std::string unixsocket;     // empty: none; may be relative to `dir`
    bool has_password = false;  // requirepass

    // The first source that cannot be read, for messages: "/etc/redis.conf:3: include x.conf:
    // cannot be read". If not empty, any setting may have another value.
    std::string unread;
    // The first error for which the server exits, or empty: "/etc/redis.conf:3: appendonly is
    // neither yes nor no".
    std::string rejected;
    // What the server rejects, too, unless it is newer than the sidecar or finds files that are not
    // there yet.
    std::vector<std::string> doubts;
    // The first `dir` that does not exist, or empty: "/etc/redis.conf:3: there is no directory …".
    std::string absent_dir;

    [[nodiscard]] bool operator==(const RedisSettings&) const = default;
};

// `program` is the server's name, and `arguments` follow it on the command line: a file, then
// `--name value…`. Keeps the secrets that it meets (base/secret_sources.hpp).
[[nodiscard]] RedisSettings parse_redis_settings(std::string_view program,
                                                 std::span<const std::string> arguments,
                                                 const ServerFiles& files);

}  // namespace arc::redis
