// The hooks of the toy for the stop of a cluster's member. toyd answers for its cluster.
#pragma once

#include "service.hpp"

namespace arc::toy {

extern const ClusterHooks kCluster;

}  // namespace arc::toy
