#include "nats/cluster_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>

#include "nats/findings.hpp"

namespace arc::nats {
namespace {

// In the words of this server; nullptr: it has none.
const Asset* meta_group(const ServerView& server) {
    const auto meta = std::ranges::find(server.assets, Asset::Kind::meta, &Asset::kind);
    return meta == server.assets.end() ? nullptr : &*meta;
}

// Of the meta group; empty: none.
std::string meta_leader(const ServerView& server) {
    const Asset* meta = meta_group(server);
    return meta == nullptr ? std::string{} : meta->leader;
}

bool writes(const Step& step) {
    return step.action.kind == ActionKind::create || step.action.kind == ActionKind::change;
}

// Why this member does nothing now. Empty: it may.
std::string why_not_now(const ClusterView& cluster, bool first) {
    if (!cluster.self) {
        return fmt::format("the server's cluster is not known ({})", cluster.self.error().text);
    }
    const std::string leader = meta_leader(*cluster.self);
    if (leader.empty()) {
        return "the cluster has no meta leader";
    }
    if (leader != cluster.self->name) {
        return fmt::format("the sidecar beside the meta leader {} does it", leader);
    }
    const auto unseen = first ? unseen_members(cluster) : std::vector<std::string>{};
    return unseen.empty() ? std::string{}
                          : fmt::format("the first creation waits until all members are seen: {}",
                                        fmt::join(unseen, "; "));
}

// The meta group in the words of its leader, who alone knows it. nullptr: it does not answer.
const Asset* known_to_leader(const ClusterView& cluster, const std::string& leader) {
    const auto member = std::ranges::find_if(cluster.members, [&](const MemberView& each) {
        return each.view && each.view->name == leader;
    });
    return leader.empty() || member == cluster.members.end() ? nullptr : meta_group(*member->view);
}

// Members that run in this cluster, and that the leader has not taken into the meta group: a start
// of all at the same time can end so, and it does not pass (2.10.27, measured: 130 s, until the
// member's restart).
std::vector<std::string> left_out(const ClusterView& cluster) {
    const std::string leader = cluster.self ? meta_leader(*cluster.self) : std::string{};
    const Asset* meta = known_to_leader(cluster, leader);
    std::vector<std::string> names;
    for (const MemberView& member : cluster.members) {
        if (meta != nullptr && member.view && member.view->name != leader &&
            meta_leader(*member.view) == leader &&
            !std::ranges::contains(meta->others, member.view->name, &Replica::server)) {
            names.push_back(member.view->name);
        }
    }
    return names;
}

}  // namespace

std::vector<std::string> unseen_members(const ClusterView& cluster) {
    std::vector<std::string> unseen;
    const std::string leader = cluster.self ? meta_leader(*cluster.self) : std::string{};
    for (const MemberView& member : cluster.members) {
        if (!member.view) {
            unseen.push_back(member.view.error().text);
        } else if (!member.view->clustered || meta_leader(*member.view) != leader) {
            unseen.push_back(fmt::format("{} is in no cluster with {}", member.address, leader));
        }
    }
    // A member that joins late counts fewer of them for two seconds (measured).
    for (const MemberView& member : cluster.members) {
        if (member.view && member.view->cluster_size < std::ssize(cluster.members)) {
            unseen.push_back(fmt::format("the meta group of {} has {} of {} members",
                                         member.address, member.view->cluster_size,
                                         cluster.members.size()));
        }
    }
    for (const std::string& name : left_out(cluster)) {
        unseen.push_back(name + " is not in the meta group");
    }
    return unseen;
}

void keep_to_cluster(std::vector<Step>& steps, const ClusterView& cluster,
                     const ClusterConfig& declared, const BootstrapOptions& options) {
    const bool first = std::ranges::none_of(steps, [](const Step& step) {
        return step.action.kind == ActionKind::same || !step.changes.empty();
    });
    const std::string waiting = options.force ? std::string{} : why_not_now(cluster, first);
    const std::int64_t members = std::ssize(*declared.members);
    for (Step& step : steps) {
        if (!writes(step)) {
            continue;
        }
        Action& action = step.action;
        const bool missing = action.kind == ActionKind::create;
        if (step.declared.replicas > members) {
            action = {.kind = ActionKind::refuse,
                      .object = action.object,
                      .detail = fmt::format("needs {} replicas, and cluster.members has {}. Lower "
                                            "replicas, or add members.",
                                            step.declared.replicas, members)};
        } else if (!waiting.empty()) {
            action = {.kind = ActionKind::refuse,
                      .object = action.object,
                      .detail = fmt::format("{}, and {}", missing ? "is missing" : action.detail,
                                            waiting),
                      .transient = true};
        }
    }
}

std::optional<Finding> member_finding(const ClusterView& cluster) {
    if (!cluster.self || !cluster.self->clustered || meta_leader(*cluster.self).empty()) {
        return std::nullopt;
    }
    const auto unseen = unseen_members(cluster);
    const std::size_t members = cluster.members.size();
    if (unseen.empty()) {
        return Finding{.code = NatsCode("nats.member.ok"),
                       .text = fmt::format("all {} members of the cluster are seen", members)};
    }
    if (const auto names = left_out(cluster); !names.empty()) {
        return Finding{
            .code = NatsCode("nats.member.outside"),
            .level = Level::degraded,
            .text = fmt::format("the leader {} of the meta group has not taken {} into it",
                                meta_leader(*cluster.self), fmt::join(names, ", ")),
            .advice = fmt::format("Restart {}.", names.front())};
    }
    return Finding{.code = NatsCode("nats.member.missing"),
                   .text = fmt::format("not all {} members of the cluster are seen ({})", members,
                                       fmt::join(unseen, "; "))};
}

}  // namespace arc::nats
