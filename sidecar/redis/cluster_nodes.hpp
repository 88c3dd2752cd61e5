// The nodes of a Redis Cluster, as one of them sees the others (CLUSTER NODES), and what is wrong
// with them. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "health/finding.hpp"
#include "resp/watched_master.hpp"

namespace arc::redis {

struct ClusterNode {
    resp::Endpoint at;  // as announced; the host is empty before the node has met another
    bool is_self = false;
    bool failed = false;  // the majority of the masters says so, or it has no address any more
    bool joined = true;   // the handshake is over
};

// The text of CLUSTER NODES. Lines that are no nodes are left out.
[[nodiscard]] std::vector<ClusterNode> read_nodes(std::string_view text);

struct NodesFacts {
    Result<std::vector<ClusterNode>> nodes;
    // Of the server at the address that this node announces; nullopt: it announces none.
    std::optional<Result<std::string>> announced_run_id;
};

// `run_id` of this server, `declared`: number of cluster.members.
void assess_nodes(const NodesFacts& facts, const std::string& run_id, std::size_t declared,
                  std::vector<Finding>& findings);

}  // namespace arc::redis
