#include "redis/cluster_nodes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "base/suggest.hpp"
#include "net/url.hpp"
#include "redis/findings.hpp"

namespace arc::redis {
namespace {

// "10.0.0.5:6379@16379,name" -> the address. An IPv6 address has no brackets.
resp::Endpoint endpoint_of(std::string_view text) {
    text = text.substr(0, text.find_first_of("@,"));
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return {};
    }
    return {.host = std::string(text.substr(0, colon)),
            .port = parse_port(text.substr(colon + 1)).value_or(0)};
}

std::optional<ClusterNode> node_of(std::string_view line) {
    const std::vector<std::string_view> words = split(line, ' ');
    if (words.size() < 8) {
        return std::nullopt;
    }
    const auto flags = split(words[2], ',');
    const auto has = [&flags](std::string_view flag) { return std::ranges::contains(flags, flag); };
    return ClusterNode{.at = endpoint_of(words[1]),
                       .is_self = has("myself"),
                       .failed = has("fail") || has("noaddr"),
                       .joined = !has("handshake")};
}

void add(std::vector<Finding>& findings, RedisCode code, std::string text) {
    findings.push_back({.code = code, .text = std::move(text)});
}

void assess_failed(std::span<const ClusterNode> nodes, std::size_t declared,
                   std::vector<Finding>& findings) {
    std::vector<std::string> failed;
    for (const ClusterNode& node : nodes) {
        if (node.failed) {
            failed.push_back(node.at.host.empty() ? "a node without an address"
                                                  : resp::to_string(node.at));
        }
    }
    const auto joined = static_cast<std::size_t>(
        std::ranges::count_if(nodes, [](const auto& node) { return node.joined; }));
    if (!failed.empty()) {
        add(findings, "redis.node.failed",
            fmt::format("the cluster's masters agree that {} failed", fmt::join(failed, ", ")));
    } else if (joined < declared) {
        add(findings, "redis.member.missing",
            fmt::format("the cluster has {} of {} declared members", joined, declared));
    }
}

void assess_address(const NodesFacts& facts, const std::string& run_id,
                    std::vector<Finding>& findings) {
    const auto self = std::ranges::find_if(*facts.nodes, &ClusterNode::is_self);
    if (!facts.announced_run_id || self == facts.nodes->end()) {
        return;
    }
    const auto& there = *facts.announced_run_id;
    if (!there || *there != run_id) {
        add(findings, "redis.address.unreachable",
            fmt::format("this node announces {}, and {}", resp::to_string(self->at),
                        there ? "another server answers there"
                              : fmt::format("no server answers there ({})", there.error().text)));
    }
}

}  // namespace

std::vector<ClusterNode> read_nodes(std::string_view text) {
    std::vector<ClusterNode> nodes;
    for (const std::string_view line : split(text, '\n')) {
        if (auto node = node_of(line)) {
            nodes.push_back(std::move(*node));
        }
    }
    return nodes;
}

void assess_nodes(const NodesFacts& facts, const std::string& run_id, std::size_t declared,
                  std::vector<Finding>& findings) {
    if (!facts.nodes) {
        findings.push_back({.code = RedisCode("redis.cluster_info.unavailable"),
                            .text = fmt::format("the cluster's nodes are not verifiable: {}",
                                                facts.nodes.error().text),
                            .advice = "Grant the user `+cluster|nodes`."});
        return;
    }
    assess_failed(*facts.nodes, declared, findings);
    assess_address(facts, run_id, findings);
}

}  // namespace arc::redis
