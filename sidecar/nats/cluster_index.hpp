// Finds who says what in a look at the cluster. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "nats/cluster_facts.hpp"

namespace arc::nats {

// The views must outlive the index.
class ClusterIndex {
public:
    explicit ClusterIndex(const ClusterView& cluster);

    // What the server of that name says; nullptr if it did not answer.
    [[nodiscard]] const ServerView* server(std::string_view name) const;
    // The asset as that server has it; nullptr if it has no copy, or did not answer.
    [[nodiscard]] const Asset* at(std::string_view server, const Asset& asset) const;
    // The asset in the words of its leader; nullptr if no server that answers leads it, or several
    // believe that they do.
    [[nodiscard]] const Asset* led(const Asset& asset) const;
    // Each asset that has a copy on that server, by its own words or those of the leader; in the
    // words of the leader if it answers.
    [[nodiscard]] std::vector<const Asset*> held_by(std::string_view server) const;
    // Servers that answer, or that a leader heard lately.
    [[nodiscard]] std::size_t count_alive() const;

private:
    using Key = std::tuple<Asset::Kind, std::string_view, std::string_view>;
    static Key key_of(const Asset& asset) { return {asset.kind, asset.account, asset.name}; }

    std::map<std::string_view, const ServerView*> servers_;
    std::map<Key, std::map<std::string_view, const Asset*>> assets_;  // by server
};

// Whether the server of that name does not run: no member answers for it, and each one that does
// not answer refuses, or has no address. A server that hangs accepts connections.
[[nodiscard]] bool is_absent(const ClusterView& cluster, std::string_view name);

}  // namespace arc::nats
