#include "config/cluster.hpp"

#include <fmt/format.h>

namespace arc {

std::optional<ClusterConfig::Duration> ClusterConfig::stop_budget() const {
    const bool fits = !is_standalone() && *grace && **grace > *stop_reserve;
    return fits ? std::optional{**grace - *stop_reserve} : std::nullopt;
}

Result<void> check_cluster(const ClusterConfig& cluster) {
    constexpr std::size_t kFewest = 2;
    if (cluster.is_member() && cluster.members->size() < kFewest) {
        return fail(
            ErrorKind::config,
            fmt::format("{}: cluster.role is member, but cluster.members names {}. List "
                        "all members of the cluster, this one included",
                        cluster.role.origin.where, cluster.members->empty() ? "none" : "only one"));
    }
    return {};
}

}  // namespace arc
