// What the server said, as plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/asked.hpp"
#include "base/error.hpp"
#include "base/volume.hpp"

namespace arc::redis {

// An error reply as the server wrote it: "NOAUTH Authentication required."
struct ErrorReply {
    std::string text;
};

// How the server took our credentials; NotAsked: there are none.
using Login = std::variant<NotAsked, Done, ErrorReply>;

// The write probe. Unacknowledged: not answered in time, and what was asked before it was.
struct Unacknowledged {};
using Canary = std::variant<NotAsked, Done, ErrorReply, Unacknowledged>;

// A data set is being read into memory (INFO persistence, `loading:1`).
struct Loading {
    std::optional<std::string> percent;        // "63.12", as INFO has it
    std::optional<std::int64_t> seconds_left;  // the server's own guess
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
using ClusterState = std::variant<NotAsked, Cluster, ErrorReply>;

inline constexpr std::int64_t kSlots = 16384;

// The answers of one exchange. An empty optional means that the server did not say.
struct Answers {
    Login login;
    std::optional<std::string> ping_error;  // the error replies to these commands
    std::optional<std::string> info_error;
    std::optional<std::string> config_error;
    Canary canary;

    std::string product = "Redis";  // "Valkey" where INFO has valkey_version
    std::optional<std::string> version;

    // "standalone", "cluster" or "sentinel" (INFO redis_mode; Valkey: server_mode).
    std::optional<std::string> mode;
    ClusterState cluster;  // not asked where the node is in none

    std::optional<Loading> loading;
    // INFO aof_enabled; CONFIG appendonly while loading or without INFO
    std::optional<bool> appendonly;
    std::optional<std::string> appendfsync;         // CONFIG only
    std::optional<std::string> dir;                 // CONFIG only: where its files are
    std::optional<std::string> aof_write_status;    // "ok" | "err"
    std::optional<std::string> aof_rewrite_status;  // "ok" | "err"
    std::optional<std::string> rdb_save_status;     // "ok" | "err"
    bool aof_rewriting = false;
    bool aof_rewrite_due = false;  // a rewrite waits for its turn
    // of the append-only file, as far as the server counted them; 0: there may be none
    std::optional<std::int64_t> aof_bytes;
    bool saving = false;  // a snapshot is being written

    std::optional<std::int64_t> used_memory;  // bytes
    std::optional<std::int64_t> maxmemory;    // bytes; 0: no limit
    std::optional<std::string> maxmemory_policy;
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

// One look at a server, as gather() brings it and assess() judges it.
struct Facts {
    Result<Answers> server;
    std::optional<VolumeFacts> volume;  // of its files, where they matter and are on this machine
};

// A status that INFO has and that is not "ok".
[[nodiscard]] inline bool has_failed(const std::optional<std::string>& status) noexcept {
    return status && *status != "ok";
}

[[nodiscard]] inline bool is_misconf(const Answers& server) noexcept {
    return server.ping_error && server.ping_error->starts_with("MISCONF");
}

}  // namespace arc::redis
