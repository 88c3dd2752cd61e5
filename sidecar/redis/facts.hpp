// The facts about a server, as plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/asked.hpp"
#include "base/error.hpp"
#include "base/volume.hpp"
#include "redis/cluster_nodes.hpp"
#include "redis/set_facts.hpp"

namespace arc::redis {

// An error reply as the server wrote it: "NOAUTH Authentication required."
struct ErrorReply {
    std::string text;
};

// The reply to AUTH. NotAsked: no credentials are configured.
using Login = std::variant<NotAsked, Done, ErrorReply>;

// The write probe. Unacknowledged: no reply in time, although the commands before it were answered.
struct Unacknowledged {};
using Canary = std::variant<NotAsked, Done, ErrorReply, Unacknowledged>;

// The server loads its data set into memory (INFO persistence, `loading:1`).
struct Loading {
    std::optional<std::string> percent;        // "63.12", as in INFO
    std::optional<std::int64_t> seconds_left;  // the server's estimate
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
    std::int64_t served = 0;  // slots (of kSlots) whose node is reachable
    std::int64_t nodes = 0;   // known to this node
};
using ClusterState = std::variant<NotAsked, Cluster, ErrorReply>;

inline constexpr std::int64_t kSlots = 16384;

// INFO memory and keyspace. With maxmemory, a write needs free memory or a key to evict.
struct Memory {
    std::optional<std::int64_t> used;  // bytes
    std::int64_t uncounted = 0;        // of these, what Redis does not count towards maxmemory
    std::int64_t needs = 0;            // bytes of the server without a key, with its clients
    std::int64_t keys = 0;
    std::int64_t volatile_keys = 0;  // keys with a lifetime
    // writes rejected since the start or CONFIG RESETSTAT
    std::int64_t rejected_writes = 0;
};

// INFO clients, without this connection; replicas and the links of a cluster count, too.
struct Clients {
    std::int64_t connected = 0;
    std::int64_t limit = 0;  // maxclients
};

// The answers of one exchange. An empty optional: the server did not report it.
struct Answers {
    bool rejected = false;  // the server rejected the client: ping_error is its only reply
    Login login;
    std::optional<std::string> ping_error;  // the error replies to these commands
    std::optional<std::string> info_error;
    std::optional<std::string> config_error;
    Canary canary;

    std::string product = "Redis";  // "Valkey" if INFO has valkey_version
    std::optional<std::string> version;

    // "standalone", "cluster" or "sentinel" (INFO redis_mode; Valkey: server_mode).
    std::optional<std::string> mode;
    ClusterState cluster;  // NotAsked: not in cluster mode

    std::optional<Loading> loading;
    // INFO aof_enabled; CONFIG appendonly while loading or without INFO
    std::optional<bool> appendonly;
    std::optional<std::string> appendfsync;         // CONFIG only
    std::optional<std::string> dir;                 // CONFIG only: the directory of its files
    std::optional<std::string> aof_write_status;    // "ok" | "err"
    std::optional<std::string> aof_rewrite_status;  // "ok" | "err"
    std::optional<std::string> rdb_save_status;     // "ok" | "err"
    bool aof_rewriting = false;
    bool aof_rewrite_due = false;  // a rewrite is scheduled
    bool saving = false;           // the server writes a snapshot
    // the known size of the append-only file; 0: there may be no file
    std::optional<std::int64_t> aof_bytes;
    // the same after the last rewrite, or when the server started
    std::optional<std::int64_t> aof_base_bytes;

    Memory memory;
    std::optional<std::int64_t> maxmemory;  // bytes; 0: no limit
    std::optional<std::string> maxmemory_policy;
    std::optional<Clients> clients;
    // "CLIENT PAUSE" or "FAILOVER" while INFO reports that writes wait for the end of it
    std::optional<std::string> paused_by;

    std::optional<Replication> replication;  // INFO replication
    std::optional<std::string> role;         // "master" | "slave"
    std::optional<Master> master;            // replicas only
    // CONFIG only: whether a replica ignores its maxmemory
    bool replica_ignores_maxmemory = true;
    // CONFIG only: whether a replica without a link to its master answers reads
    bool replica_serves_stale_data = true;
    std::optional<bool> protected_mode;  // CONFIG only
    // CONFIG min-replicas-to-write: with fewer, the server rejects writes; 0: no limit
    std::optional<std::int64_t> replicas_wanted;
    // INFO min_slaves_good_slaves: present while the limit applies
    std::optional<std::int64_t> replicas_in_time;
    // CONFIG only: addresses separated by spaces; "": all
    std::optional<std::string> bind;
};

// The facts of one check: gather() collects them, assess() judges them.
struct Facts {
    Result<Answers> server;
    std::optional<VolumeFacts> volume;               // of its files, see look_at_files()
    std::optional<SetFacts> set = std::nullopt;      // of a member of a set (cluster.role)
    std::optional<NodesFacts> nodes = std::nullopt;  // of a member of a Redis Cluster
};

// Whether INFO has this status and it is not "ok".
[[nodiscard]] inline bool has_failed(const std::optional<std::string>& status) noexcept {
    return status && *status != "ok";
}

[[nodiscard]] inline bool is_misconf(const Answers& server) noexcept {
    return server.ping_error && server.ping_error->starts_with("MISCONF");
}

}  // namespace arc::redis
