// What the members of a cluster say of it, as plain data.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace arc::nats {

// NOLINTBEGIN(readability-redundant-member-init): gcc demands them in designated initializers

// A copy of an asset on another server, in the words of one server. Only the leader's are about
// the copy: a follower says of each other follower that it lags by 0.
struct Replica {
    std::string server = {};  // its name
    bool current = false;
    bool offline = false;
    std::chrono::milliseconds silent{0};  // since it was last heard; 0 and not current: never
    std::int64_t lag = 0;                 // committed entries that it does not have
};

// A Raft group: the meta group, a stream or a consumer.
struct Asset {
    enum class Kind { meta, stream, consumer };
    Kind kind = Kind::stream;
    std::string account = {};     // its name
    std::string account_id = {};  // the same, or its public key
    std::string name = {};        // "ORDERS", "ORDERS > worker"; the meta group has none
    std::int64_t replicas = 1;
    bool in_memory = false;
    std::string leader = {};  // empty: none
    std::vector<Replica> others =
        {};                     // without the server that was asked, unless there is no leader
    std::int64_t last_seq = 0;  // of a stream: the last message that the asked server has
};

// /varz and /jsz of one server.
struct ServerView {
    std::string name = {};  // server_name
    std::string id = {};    // of this process
    bool jetstream = false;
    bool clustered = false;
    std::int64_t cluster_size = 0;   // of the meta group: members expected, whether they run or not
    std::vector<Asset> assets = {};  // that have a copy here; the meta group first
};

// A declared member, and what it says.
struct MemberView {
    std::string address = {};  // "nats-1:8222"
    Result<ServerView> view;
};

// One look at the cluster.
struct ClusterView {
    Result<ServerView> self;          // by its monitor
    std::optional<std::string> busy;  // why this server is not past its start, in its own words
    std::vector<MemberView> members;  // as declared; this server is one of them
};

// NOLINTEND(readability-redundant-member-init)

}  // namespace arc::nats
