#include "sentinel/gather.hpp"

#include "sentinel/commands.hpp"

namespace arc::sentinel {
namespace {

// The others have at most half of the time: one that hangs does not hide what is known.
void ask_others(const SentinelConfig& config, const TlsOptions& tls, Deadline deadline,
                Answers& server) {
    std::vector<Url> others;
    for (const Peer& peer : server.sentinels) {
        if (!peer.down_for && peer.at.port != 0) {
            others.emplace_back(config.url->scheme, peer.at.host, peer.at.port);
            server.votes.push_back({.from = peer.at, .master = std::nullopt});
        }
    }
    auto answers = resp::ask_masters(others, tls, credentials(config), *config.master_name,
                                     deadline.capped(deadline.remaining() / 2));
    for (std::size_t i = 0; i < answers.size(); ++i) {
        server.votes[i].master = std::move(answers[i]);
    }
}

}  // namespace

Facts gather(const Config& config, Deadline deadline) {
    const SentinelConfig& own = config_of(config);
    const TlsOptions tls = tls_options(own.tls, "ARC_SENTINEL_");
    const auto exchanged = resp::ask(*own.url, tls, check_commands(own), deadline, kLimits);
    if (!exchanged) {
        return {.server = std::unexpected(exchanged.error())};
    }
    Answers server = read_answers(exchanged->replies, own);
    if (server.master && *server.master) {
        ask_others(own, tls, deadline, server);
    }
    return {.server = std::move(server)};
}

}  // namespace arc::sentinel
