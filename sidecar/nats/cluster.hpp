// What the stop of a member asks of its NATS cluster.
#pragma once

#include "service.hpp"

namespace arc::nats {

// The drain hands over the streams and consumers of the user's account that this member leads. The
// server itself hands over the rest when it stops: the meta group, which only the system account
// may move, and the assets of other accounts.
extern const ClusterHooks kCluster;

}  // namespace arc::nats
