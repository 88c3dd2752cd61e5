// Whether the other members of a cluster can do without this one. Pure.
//
// A stop interrupts nothing if each asset with at least three replicas that has a copy here keeps a
// quorum of members that hold everything. Then no acknowledged message is on this member alone, in
// memory or on its disk, and each group can elect a leader. A member counts if it answers itself,
// and if the asset's leader
//   - heard from it within kHeard: a leader takes a silent follower for current for 10 s
//   (measured);
//   - misses at most kInFlight entries of it. Under a constant load the number is rarely 0, because
//     entries are on their way (at most 11 at 15,000 messages per second, measured). These entries
//     are on a quorum, and the member has them a moment later, while the token keeps any other
//     member from stopping;
//   - had no message at the first look that the member itself does not have at the second. The Raft
//     group of a member that lost its store is current before its messages are copied (measured).
// Streams with fewer replicas are not protected by waiting. A safe answer names them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "health/stop.hpp"
#include "nats/cluster_facts.hpp"

namespace arc::nats {

inline constexpr std::chrono::milliseconds kHeard{2'000};
inline constexpr std::int64_t kInFlight = 64;
// Groups with fewer replicas have no quorum without any one of their members.
inline constexpr std::int64_t kFewestReplicas = 3;

// `before` is an earlier look than `now`, or the same.
[[nodiscard]] StopAnswer judge_stop(const ClusterView& before, const ClusterView& now);

// "stream ORDERS", "consumer ORDERS > worker of account A", "the meta group".
[[nodiscard]] std::string label_of(const Asset& asset);

}  // namespace arc::nats
