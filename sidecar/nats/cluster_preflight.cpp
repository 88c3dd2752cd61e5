#include "nats/cluster_preflight.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/ascii.hpp"

namespace arc::nats {
namespace {

// A name with and without its domain: "nats-1" and "nats-1.nats.svc".
bool is_same_host(std::string_view a, std::string_view b) {
    const std::string_view shorter = a.size() < b.size() ? a : b;
    const std::string_view longer = a.size() < b.size() ? b : a;
    return same_letters(shorter, longer.substr(0, shorter.size())) &&
           (longer.size() == shorter.size() || longer[shorter.size()] == '.');
}

std::vector<std::string> members_without_route(const ServerOptions& server,
                                               const ClusterConfig& cluster) {
    std::vector<std::string> missing;
    for (const HostPort& member : *cluster.members) {
        const bool found = std::ranges::any_of(server.routes, [&](const std::string& route) {
            return is_same_host(host_of_route(route), member.host);
        });
        if (!found) {
            missing.push_back(member.host);
        }
    }
    return missing;
}

}  // namespace

std::string host_of_route(std::string_view route) {
    const std::size_t scheme = route.find("://");
    route.remove_prefix(scheme == route.npos ? 0 : scheme + 3);
    route = route.substr(0, route.find_first_of("/?"));
    const std::size_t user = route.rfind('@');
    route.remove_prefix(user == route.npos ? 0 : user + 1);
    if (route.starts_with('[')) {
        return std::string(route.substr(1, route.find(']') - 1));
    }
    return std::string(route.substr(0, route.rfind(':')));
}

void inspect_member(const ServerOptions& server, const ClusterConfig& cluster,
                    preflight::Report& report) {
    if (!server.clustered) {
        report.warnings.emplace_back(
            "cluster.role is member, but nats-server has no `cluster { listen: … }`, so it forms "
            "no cluster with the other members. Add `cluster` to its configuration");
        return;
    }
    if (server.jetstream && server.server_name.empty()) {
        report.refusals.emplace_back(
            "server_name is missing, and nats-server does not start JetStream in a cluster without "
            "it: set a server_name of its own for each member");
    }
    const auto missing = members_without_route(server, cluster);
    // A server needs no route to itself, and one route to a common name can reach all of them.
    if (missing.size() > 1 && server.routes.size() > 1) {
        report.warnings.push_back(fmt::format(
            "cluster.members names {}, to which nats-server has no route. Make the hosts of "
            "`routes` and of cluster.members the same",
            fmt::join(missing, ", ")));
    }
    if (server.routes.empty()) {
        report.warnings.emplace_back(
            "`routes` of nats-server's cluster is empty, so it waits for routes of the others. "
            "List the other members");
    }
}

void inspect_names(const ServerOptions& server, const ClusterView& cluster,
                   preflight::Report& report) {
    for (const MemberView& member : cluster.members) {
        if (member.view && !server.server_name.empty() && member.view->name == server.server_name) {
            report.warnings.push_back(fmt::format(
                "the member at {} runs with the server_name {}, which this server has, too. The "
                "cluster accepts only one of them: give each member a server_name of its own",
                member.address, server.server_name));
        }
    }
}

}  // namespace arc::nats
