#include "nats/cluster_index.hpp"

#include <algorithm>
#include <set>

#include "nats/cluster_judge.hpp"

namespace arc::nats {

ClusterIndex::ClusterIndex(const ClusterView& cluster) {
    if (cluster.self) {
        servers_.emplace(cluster.self->name, &*cluster.self);
    }
    for (const MemberView& member : cluster.members) {
        if (member.view) {
            servers_.emplace(member.view->name, &*member.view);
        }
    }
    for (const auto& [name, server] : servers_) {
        for (const Asset& asset : server->assets) {
            assets_[key_of(asset)].emplace(name, &asset);
        }
    }
}

const ServerView* ClusterIndex::server(std::string_view name) const {
    const auto found = servers_.find(name);
    return found == servers_.end() ? nullptr : found->second;
}

const Asset* ClusterIndex::at(std::string_view server, const Asset& asset) const {
    const auto found = assets_.find(key_of(asset));
    if (found == assets_.end()) {
        return nullptr;
    }
    const auto here = found->second.find(server);
    return here == found->second.end() ? nullptr : here->second;
}

const Asset* ClusterIndex::led(const Asset& asset) const {
    const Asset* leading = nullptr;
    const auto found = assets_.find(key_of(asset));
    if (found == assets_.end()) {
        return nullptr;
    }
    for (const auto& [server, view] : found->second) {
        if (view->leader == server) {
            if (leading != nullptr) {
                return nullptr;
            }
            leading = view;
        }
    }
    return leading;
}

std::vector<const Asset*> ClusterIndex::held_by(std::string_view server) const {
    std::vector<const Asset*> held;
    for (const auto& [key, views] : assets_) {
        const Asset* leading = led(*views.begin()->second);
        const auto own = views.find(server);
        const bool listed =
            leading != nullptr && std::ranges::contains(leading->others, server, &Replica::server);
        if (own != views.end() || listed) {
            held.push_back(leading != nullptr ? leading : own->second);
        }
    }
    return held;
}

std::size_t ClusterIndex::count_alive() const {
    std::set<std::string_view> alive;
    std::ranges::for_each(servers_, [&](const auto& each) { alive.insert(each.first); });
    for (const auto& [key, views] : assets_) {
        const Asset* leading = led(*views.begin()->second);
        if (leading == nullptr) {
            continue;
        }
        for (const Replica& replica : leading->others) {
            if (replica.current && !replica.offline && replica.silent <= kHeard) {
                alive.insert(replica.server);
            }
        }
    }
    return alive.size();
}

bool is_absent(const ClusterView& cluster, std::string_view name) {
    return std::ranges::all_of(cluster.members, [name](const MemberView& member) {
        const auto& view = member.view;
        return view ? view->name != name
                    : is_silence(view.error().kind) && view.error().kind != ErrorKind::timeout;
    });
}

}  // namespace arc::nats
