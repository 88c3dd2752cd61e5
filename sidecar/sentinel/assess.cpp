#include "sentinel/assess.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/units.hpp"
#include "base/variant.hpp"
#include "health/connection.hpp"
#include "sentinel/config.hpp"
#include "sentinel/findings.hpp"

namespace arc::sentinel {
namespace {

using Findings = std::vector<Finding>;

constexpr ConnectionCodes<kFindings> kConnectionCodes{"sentinel.connection."};

void add(Findings& findings, SentinelCode code, std::string text) {
    findings.push_back({.code = code, .text = std::move(text)});
}

bool starts_with(const std::optional<std::string>& text, std::string_view word) {
    return text && text->starts_with(word);
}

// Returns true if nothing else can be known.
bool assess_access(const Answers& server, Findings& findings) {
    if (starts_with(server.login_error, "WRONGPASS")) {
        findings.push_back({.code = SentinelCode("sentinel.authentication.failed")});
    } else if (starts_with(server.ping_error, "NOAUTH")) {
        findings.push_back({.code = SentinelCode("sentinel.authentication.required")});
    } else if (server.ping_error && !starts_with(server.ping_error, "NOPERM")) {
        add(findings, "sentinel.ping.failed",
            "the server answers PING with: " + *server.ping_error);
    } else if (server.mode && server.mode != "sentinel") {
        findings.push_back({.code = SentinelCode("sentinel.mode.server")});
    } else {
        add(findings, "sentinel.ping.ok", "answers PING");
        return false;
    }
    return true;
}

void assess_tilt(const Answers& server, Findings& findings) {
    if (server.tilt) {
        findings.push_back({.code = SentinelCode("sentinel.tilt.active")});
    }
}

void assess_master_state(const resp::WatchedMaster& master, Findings& findings) {
    const std::string at = resp::to_string(master.at);
    if (master.has("o_down")) {
        add(findings, "sentinel.master.down",
            fmt::format("the master {} is down by the word of {} or more Sentinels (o_down)", at,
                        master.quorum));
    } else if (master.has("s_down")) {
        findings.push_back(
            {.code = SentinelCode("sentinel.master.down"),
             .level = Level::degraded,
             .text = fmt::format("the master {} does not answer this Sentinel (s_down)", at)});
    } else {
        add(findings, "sentinel.master.ok",
            fmt::format("the master is {}, with {} replicas", at, master.replicas));
    }
}

// What the other Sentinels name. A failover reaches them within seconds.
void assess_agreement(const Answers& server, const resp::WatchedMaster& master,
                      Findings& findings) {
    std::vector<std::string> differ;
    for (const Vote& vote : server.votes) {
        if (vote.master && *vote.master && !((*vote.master)->at == master.at)) {
            differ.push_back(fmt::format("{} names {}", resp::to_string(vote.from),
                                         resp::to_string((*vote.master)->at)));
        }
    }
    if (differ.empty()) {
        return;
    }
    // Of all that answer, this one included.
    const bool minority = 2 * differ.size() > server.votes.size();
    findings.push_back({.code = SentinelCode("sentinel.master.conflicting"),
                        .level = minority ? Level::unhealthy : Level::degraded,
                        .text = fmt::format("this Sentinel names the master {}, and {}",
                                            resp::to_string(master.at), fmt::join(differ, ", "))});
}

// "NOQUORUM 1 usable Sentinels. Not enough available Sentinels to reach …": without the word.
std::string reason_of(std::string_view error) {
    constexpr std::string_view kWord = "NOQUORUM ";
    if (error.starts_with(kWord)) {
        error.remove_prefix(kWord.size());
    }
    while (error.ends_with('.')) {
        error.remove_suffix(1);
    }
    return std::string(error);
}

void assess_quorum(const Answers& server, const SentinelConfig& config,
                   const resp::WatchedMaster& master, Findings& findings) {
    if (const auto* error = std::get_if<ErrorReply>(&server.quorum)) {
        const bool denied = error->text.starts_with("NOPERM");
        add(findings,
            denied ? SentinelCode("sentinel.quorum.unavailable")
                   : SentinelCode("sentinel.quorum.missing"),
            denied ? "no permission for SENTINEL CKQUORUM (NOPERM)"
                   : "the Sentinels cannot fail over: " + reason_of(error->text));
    } else {
        add(findings, "sentinel.quorum.ok",
            fmt::format("a quorum of {} and a majority of {} Sentinels answer", master.quorum,
                        master.others + 1));
    }
    if (*config.quorum != 0 && *config.quorum != master.quorum) {
        findings.push_back({.code = SentinelCode("sentinel.quorum.drift"),
                            .text = fmt::format("the quorum of {}", *config.master_name),
                            .measured = std::to_string(master.quorum),
                            .wanted = std::to_string(*config.quorum)});
    }
}

void assess_ghosts(std::span<const Peer> peers, std::string_view what, SentinelCode code,
                   const SentinelConfig& config, Findings& findings) {
    std::vector<std::string> ghosts;
    for (const Peer& peer : peers) {
        if (peer.down_for && *peer.down_for >= *config.ghost_after) {
            ghosts.push_back(fmt::format(
                "{} (down for {})", resp::to_string(peer.at),
                format_duration(std::chrono::floor<std::chrono::seconds>(*peer.down_for))));
        }
    }
    if (!ghosts.empty()) {
        findings.push_back(
            {.code = code,
             .text = fmt::format("Sentinel keeps {} {}, which does not answer", what,
                                 fmt::join(ghosts, ", ")),
             .advice = fmt::format("If it is gone for ever, run `redis-cli -p {} SENTINEL RESET "
                                   "{}` on one Sentinel after the other, 30 s apart.",
                                   config.url->port, *config.master_name)});
    }
}

void assess_names(const Answers& server, const resp::WatchedMaster& master, Findings& findings) {
    // A literal address has no letter behind the last dot; one of IPv6 has colons.
    const std::string_view host = master.at.host;
    const bool literal = host.contains(':') || host.find_first_not_of("0123456789.") == host.npos;
    if (!literal && server.names && !server.names->announced) {
        add(findings, "sentinel.hostnames.drift",
            fmt::format("the master is watched by its name {}, and announce-hostnames is no",
                        host));
    }
}

}  // namespace

Verdict assess(const Facts& facts, const Config& config, Level absent) {
    const SentinelConfig& own = config_of(config);
    Verdict verdict{.service = "sentinel", .server = {}, .verified = {}, .findings = {}};
    if (!facts.server) {
        const Error& error = facts.server.error();
        verdict.findings.push_back(unanswered(kConnectionCodes.of(error.kind), error, absent));
        return verdict;
    }
    const Answers& server = *facts.server;
    if (assess_access(server, verdict.findings)) {
        return verdict;
    }
    verdict.server = fmt::format("{} {}", server.product, server.version.value_or(""));
    assess_tilt(server, verdict.findings);
    if (!server.master) {
        add(verdict.findings, "sentinel.master.unavailable",
            "the server answers SENTINEL MASTER with: " + server.master.error().text);
        return verdict;
    }
    if (!*server.master) {
        add(verdict.findings, "sentinel.master.missing",
            fmt::format("Sentinel watches no master of the name {}", *own.master_name));
        return verdict;
    }
    const resp::WatchedMaster& master = **server.master;
    verdict.verified =
        fmt::format("master {}, {} replicas, {} Sentinels, quorum {}", resp::to_string(master.at),
                    master.replicas, master.others + 1, master.quorum);
    assess_master_state(master, verdict.findings);
    assess_quorum(server, own, master, verdict.findings);
    assess_agreement(server, master, verdict.findings);
    assess_ghosts(server.replicas, "the replica", "sentinel.replica.ghost", own, verdict.findings);
    assess_ghosts(server.sentinels, "the Sentinel", "sentinel.peer.ghost", own, verdict.findings);
    assess_names(server, master, verdict.findings);
    return verdict;
}

}  // namespace arc::sentinel
