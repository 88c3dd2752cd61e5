// What the server said, as plain values. Pure: replies in, facts out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "redis/client.hpp"
#include "redis/config.hpp"

namespace arc::redis {

// A data set is being read into memory (INFO persistence, `loading:1`).
struct Loading {
    std::string percent;             // "63.12", as INFO has it; empty when it does not say
    std::int64_t seconds_left = -1;  // the server's own guess; -1: none
};

// INFO replication of a replica.
struct Master {
    std::string address;  // "10.0.0.5:6379"
    bool link_up = false;
    bool syncing = false;
    bool read_only = true;
};

// CLUSTER INFO of a node in cluster mode, as that node sees its cluster.
struct Cluster {
    bool up = false;          // cluster_state
    std::int64_t served = 0;  // slots (of kSlots) whose node is well
    std::int64_t nodes = 0;   // that it knows of
};

inline constexpr std::int64_t kSlots = 16384;

// An empty text and an empty optional mean that the server did not say.
struct Facts {
    // The error replies as the server wrote them; empty where the command was answered.
    std::string auth_error;
    std::string ping_error;
    std::string info_error;
    std::string config_error;
    // of the write that redis.canary asks for; empty: done
    std::optional<std::string> canary_error;
    // that write was not answered in time, and what was asked before it was
    bool canary_silent = false;
    bool credentials_sent = false;

    std::string product = "Redis";  // "Valkey" where INFO has valkey_version
    std::string version;

    // "standalone", "cluster" or "sentinel" (INFO redis_mode; Valkey: server_mode).
    std::string mode;
    std::optional<Cluster> cluster;
    std::string cluster_error;  // why a node in cluster mode has no `cluster`

    std::optional<Loading> loading;
    // INFO aof_enabled; CONFIG appendonly while loading or without INFO
    std::optional<bool> appendonly;
    std::string appendfsync;         // CONFIG only
    std::string dir;                 // CONFIG only: where its files are
    std::string aof_write_status;    // "ok" | "err"
    std::string aof_rewrite_status;  // "ok" | "err"
    std::string rdb_save_status;     // "ok" | "err"
    bool aof_rewriting = false;
    bool aof_rewrite_due = false;  // a rewrite waits for its turn
    // of the append-only file, as far as the server counted them; 0: there may be none
    std::optional<std::int64_t> aof_bytes;
    bool saving = false;  // a snapshot is being written

    std::optional<std::int64_t> used_memory;  // bytes
    std::optional<std::int64_t> maxmemory;    // bytes; 0: no limit
    std::string maxmemory_policy;
    // since the start or CONFIG RESETSTAT: cumulative, so it is news, not a state
    std::int64_t oom_refusals = 0;

    std::optional<Master> master;  // of a replica
    // CONFIG min-replicas-to-write: with fewer in time every write is refused; 0: no limit
    std::int64_t replicas_wanted = 0;
    // INFO min_slaves_good_slaves: there while the limit is in force
    std::optional<std::int64_t> replicas_in_time;
    // CONFIG only: addresses separated by spaces; "" is all
    std::optional<std::string> bind;
    std::optional<bool> protected_mode;  // CONFIG only
};

// AUTH, where the configuration has credentials; else nothing. Views into `config`.
[[nodiscard]] std::vector<Command> credentials(const RedisConfig& config);

// What to ask, in the order in which facts_from() reads the replies. Views into `config`.
[[nodiscard]] std::vector<Command> questions(const RedisConfig& config);

// What to ask a node in cluster mode besides, of which read_cluster() reads the replies. Not asked
// of others, which would answer with an error and count it. Views into `config`. `replies` are what
// ask() brought: one at least.
[[nodiscard]] std::vector<Command> cluster_questions(const RedisConfig& config);
void read_cluster(std::span<const Reply> replies, Facts& facts);

// The key that redis.canary sets: only where it is absent, for a second.
inline constexpr std::string_view kCanaryKey = "arc-sidecar:canary";

// The replies to questions(config). When there is only one, the server refused the client: it is
// taken as the answer to PING.
[[nodiscard]] Facts facts_from(std::span<const Reply> replies, bool credentials_sent);

[[nodiscard]] bool has_credentials(const RedisConfig& config) noexcept;

// The value of a field in INFO's text (`name:value`, lines ended by CR LF); empty when it is not
// there.
[[nodiscard]] std::string_view info_field(std::string_view info, std::string_view name) noexcept;

}  // namespace arc::redis
