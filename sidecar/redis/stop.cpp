#include "redis/stop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "net/tcp.hpp"
#include "redis/commands.hpp"
#include "redis/hand_over.hpp"
#include "redis/peers.hpp"
#include "resp/info.hpp"

namespace arc::redis {
namespace {

using Kind = StopAnswer::Kind;

constexpr std::string_view kTokenKey = "arc-sidecar:stop-token";
// The token outlives its holder's exit by this time, unless the holder's agent returns it.
constexpr std::chrono::seconds kTokenAfterExit{60};
// How often the gate renews it (kRenewToken), and the time of a call.
constexpr std::chrono::seconds kTokenMargin{20};

StopAnswer safe(std::string reason = {}) {
    return {.kind = Kind::safe, .reason = std::move(reason), .absent = {}};
}
StopAnswer pointless(std::string reason) {
    return {.kind = Kind::pointless, .reason = std::move(reason), .absent = {}};
}
StopAnswer wait(std::string reason, std::string absent = {}) {
    return {.kind = Kind::wait, .reason = std::move(reason), .absent = std::move(absent)};
}

// How many declared replicas are not connected to the master: "1 replica".
std::string absent_replicas(const Replication& master, std::size_t members) {
    const std::size_t connected = master.replicas.size() + 1;
    return connected < members ? fmt::format("{} of {} replicas", members - connected, members - 1)
                               : "";
}

// The stop of a replica takes one replica in time from its master.
StopAnswer judge_replica(const StopFacts& facts) {
    const Link& link = *facts.own->link;
    const std::string at = resp::to_string(link.master);
    if (!facts.master || !*facts.master) {
        return wait(fmt::format("the master {} does not answer", at), at);
    }
    const Replication& master = **facts.master;
    const bool counts = link.up && !link.syncing;
    const std::int64_t left = master.in_time() - (counts ? 1 : 0);
    if (counts && left < facts.min_replicas) {
        return wait(fmt::format("the master {} needs {} replicas in time (min-replicas-to-write), "
                                "and has {} without this one",
                                at, facts.min_replicas, left),
                    absent_replicas(master, facts.members));
    }
    return safe();
}

// Sentinel promotes one of the replicas that it regards as fit, and none of them may be behind.
StopAnswer judge_successors(const StopFacts& facts) {
    const Replication& own = *facts.own;
    const auto needed = std::min<std::int64_t>(facts.min_replicas + 1,
                                               static_cast<std::int64_t>(facts.members) - 1);
    for (const Replica& replica : own.replicas) {
        const std::string at = resp::to_string(replica.at);
        if (!replica.online) {
            return wait(fmt::format("replica {} takes its first copy", at));
        }
        if (!replica.is_in_time() && std::ranges::contains(facts.promotable, replica.at)) {
            return wait(fmt::format("replica {} is {} bytes behind and silent for {} s", at,
                                    own.offset - replica.offset, replica.lag));
        }
    }
    if (own.in_time() < needed) {
        return wait(fmt::format("only {} of {} replicas are in time", own.in_time(), needed),
                    absent_replicas(own, facts.members));
    }
    if (facts.promotable.empty()) {
        return wait("Sentinel knows no replica that it can promote");
    }
    return safe();
}

StopAnswer judge_master(const StopFacts& facts) {
    if (!facts.sentinels) {
        return pointless(
            "this master has no Sentinels (redis.sentinels), so no replica takes its "
            "place");
    }
    if (resp::named_by_majority(*facts.sentinels) == nullptr) {
        return pointless("no majority of the Sentinels names a master");
    }
    if (!facts.is_named) {
        return safe("the Sentinels name another master");
    }
    if (facts.no_quorum) {
        return pointless("the Sentinels cannot fail over: " + *facts.no_quorum);
    }
    return judge_successors(facts);
}

std::int64_t min_replicas_of(const Url& master, const Config& config, Deadline deadline) {
    const auto reply = tell(master, config, {"CONFIG", "GET", "min-replicas-to-write"}, deadline);
    const bool known = reply && reply->list.size() > 1;
    return known ? resp::number(reply->list[1].text).value_or(0) : 0;
}

// Asks the Sentinels about the master that this server is.
void ask_about_master(const Config& config, Deadline deadline, StopFacts& facts) {
    if (config_of(config).sentinels->empty()) {
        return;
    }
    facts.sentinels = ask_sentinels(config, deadline);
    const auto* named = resp::named_by_majority(*facts.sentinels);
    if (named == nullptr) {
        return;
    }
    const auto there = ask_replication(url_of(named->at, config), config, deadline);
    facts.is_named = there && there->run_id == facts.own->run_id;
    for (const Url& sentinel : sentinel_urls(config)) {
        const auto quorum = tell_sentinel(
            sentinel, config, {"SENTINEL", "CKQUORUM", *config_of(config).master_name}, deadline);
        if (!quorum && quorum.error().kind != ErrorKind::rejected) {
            continue;  // another one may answer
        }
        facts.no_quorum = quorum ? std::nullopt : std::optional{quorum.error().text};
        facts.promotable = promotable_replicas(sentinel, config, deadline);
        return;
    }
}

StopAnswer may_stop(const Config& config, Deadline deadline) {
    StopFacts facts{.own = ask_own(config, deadline),
                    .members = config.cluster.members->size(),
                    .master = {},
                    .sentinels = {},
                    .no_quorum = {},
                    .promotable = {}};
    if (facts.own && facts.own->link && facts.own->link->up) {
        const Url master = url_of(facts.own->link->master, config);
        facts.master = ask_replication(master, config, deadline);
        facts.min_replicas = min_replicas_of(master, config, deadline);
    } else if (facts.own && facts.own->is_master()) {
        facts.min_replicas = min_replicas_of(*config_of(config).url, config, deadline);
        ask_about_master(config, deadline, facts);
    }
    return judge_stop(facts);
}

// The token is a key of the master: "HOST:PORT SECONDS", with the holder and when it took it.
struct Token {
    std::string holder;
    std::int64_t since = 0;
};

Token token_of(std::string_view value) {
    const std::size_t blank = value.find(' ');
    return {.holder = std::string(value.substr(0, blank)),
            .since = blank == std::string_view::npos
                         ? 0
                         : resp::number(value.substr(blank + 1)).value_or(0)};
}

std::int64_t now_seconds() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

Result<Url> find_master(const Config& config, Deadline deadline) {
    return ask_own(config, deadline).transform([&](const Replication& own) {
        return own.is_master() ? *config_of(config).url : url_of(own.link->master, config);
    });
}

std::string own_name(const Config& config, Deadline deadline) {
    return own_member(config, config_of(config).url->port, deadline);
}

TokenAnswer unavailable(const Error& error) {
    return {.kind = TokenAnswer::Kind::unavailable, .reason = error.text, .absent = {}};
}

TokenAnswer taken_by(const Token& token, Deadline deadline) {
    const auto member = parse_url(token.holder, "redis", 0);
    const bool runs =
        member && connect_host(member->host, member->port, deadline.capped(kTokenMargin / 20));
    return {.kind = TokenAnswer::Kind::taken_by_other,
            .reason = fmt::format("{} stops since {} s", token.holder,
                                  std::max<std::int64_t>(now_seconds() - token.since, 0)),
            .absent = runs ? "" : token.holder};
}

TokenAnswer take_token(const Config& config, Deadline deadline) {
    const auto master = find_master(config, deadline);
    if (!master) {
        return unavailable(master.error());
    }
    const std::string name = own_name(config, deadline);
    const std::string value = fmt::format("{} {}", name, now_seconds());
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(
        kTokenAfterExit + kTokenMargin + *config.cluster.stop_drain + *config.cluster.stop_reserve);
    const std::string milliseconds = std::to_string(age.count());
    const auto set =
        tell(*master, config, {"SET", kTokenKey, value, "PX", milliseconds, "NX"}, deadline);
    if (!set) {
        return unavailable(set.error());
    }
    if (set->text == "OK") {
        return {.kind = TokenAnswer::Kind::held, .reason = {}, .absent = {}};
    }
    const auto there = tell(*master, config, {"GET", kTokenKey}, deadline);
    if (!there) {
        return unavailable(there.error());
    }
    const Token token = token_of(there->text);
    if (token.holder != name) {
        return taken_by(token, deadline);
    }
    const auto renewed = tell(*master, config, {"PEXPIRE", kTokenKey, milliseconds}, deadline);
    return renewed ? TokenAnswer{.kind = TokenAnswer::Kind::held, .reason = {}, .absent = {}}
                   : unavailable(renewed.error());
}

// A token that ends by itself within this time is left alone: between GET and DEL it could become
// another's.
constexpr std::int64_t kSafeToDelete = 5'000;

bool return_token(const Config& config, Deadline deadline) {
    const auto master = find_master(config, deadline);
    if (!master) {
        return false;
    }
    const auto there = tell(*master, config, {"GET", kTokenKey}, deadline);
    if (!there || token_of(there->text).holder != own_name(config, deadline)) {
        return there.has_value();
    }
    const auto left = tell(*master, config, {"PTTL", kTokenKey}, deadline);
    return left && left->integer > kSafeToDelete &&
           tell(*master, config, {"DEL", kTokenKey}, deadline);
}

}  // namespace

StopAnswer judge_stop(const StopFacts& facts) {
    if (!facts.own) {
        return pointless("the server does not answer: " + facts.own.error().text);
    }
    if (facts.own->loading) {
        return pointless("the server loads its data");
    }
    return facts.own->is_master() ? judge_master(facts) : judge_replica(facts);
}

constinit const ClusterHooks kClusterHooks{.may_stop = &may_stop,
                                           .take_token = &take_token,
                                           .return_token = &return_token,
                                           .drain = &hand_over};

}  // namespace arc::redis
