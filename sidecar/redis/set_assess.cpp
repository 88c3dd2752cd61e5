#include "redis/set_assess.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/units.hpp"
#include "redis/config.hpp"
#include "redis/findings.hpp"

namespace arc::redis {
namespace {

using Findings = std::vector<Finding>;

// The first link of a replica that has just started takes this time at most.
constexpr std::int64_t kFirstLink = 60;  // s

void add(Findings& findings, RedisCode code, std::string text) {
    findings.push_back({.code = code, .text = std::move(text)});
}

void add(Findings& findings, RedisCode code, Level level, std::string text) {
    findings.push_back({.code = code, .level = level, .text = std::move(text)});
}

std::string seconds_of(std::chrono::milliseconds time) {
    return fmt::format("{:.1f} s", std::chrono::duration<double>(time).count());
}

// A replica whose link is down.
void assess_broken_link(const SetFacts& set, const Link& link, const Config& config,
                        bool serves_stale, Findings& findings) {
    const std::string at = resp::to_string(link.master);
    if (link.never_synced) {
        add(findings, "redis.replication.unsynced",
            set.own.uptime < kFirstLink ? Level::starting : Level::unhealthy,
            fmt::format("the replica has had no link to its master {} since it started {} s ago",
                        at, set.own.uptime));
        return;
    }
    const bool is_short = std::chrono::seconds{link.down_seconds} < *config.cluster.behind_grace;
    add(findings, "redis.replication.disconnected",
        is_short && serves_stale ? Level::degraded : Level::unhealthy,
        fmt::format("the link to the master {} is down since {} s, so {}", at, link.down_seconds,
                    serves_stale ? "the data is old" : "reads are rejected (MASTERDOWN)"));
}

void assess_replica(const SetFacts& set, const Link& link, const Config& config, bool serves_stale,
                    Findings& findings) {
    const std::string at = resp::to_string(link.master);
    if (link.syncing) {
        add(findings, "redis.replication.syncing",
            fmt::format("the replica takes a whole copy of the data from {}{}", at,
                        link.percent ? fmt::format(" ({} %)", *link.percent) : ""));
    } else if (!link.up) {
        assess_broken_link(set, link, config, serves_stale, findings);
    } else if (set.lag && set.lag->bytes > 0) {
        const bool is_late = set.lag->waited >= *config_of(config).max_lag;
        add(findings, "redis.replication.lagging", is_late ? Level::unhealthy : Level::degraded,
            fmt::format("the replica lacks {} of what its master {} had {} ago",
                        format_size(set.lag->bytes), at, seconds_of(set.lag->waited)));
    } else {
        add(findings, "redis.replication.ok",
            set.lag ? fmt::format("replica of {}, current", at)
                    : fmt::format("replica of {}, link up", at));
    }
}

// A master with Sentinels, another of which they name.
bool is_conflicting(const SetFacts& set) {
    return set.own.is_master() && set.named && set.named->is_master() &&
           set.named->run_id != set.own.run_id;
}

void assess_master(const SetFacts& set, Findings& findings) {
    const std::size_t wanted = set.members.size() - 1;
    const auto in_time = static_cast<std::size_t>(set.own.in_time());
    if (is_conflicting(set)) {
        add(findings, "redis.master.conflicting",
            fmt::format("this server is a master, and the Sentinels name the master {}",
                        resp::to_string(resp::named_by_majority(set.sentinels)->at)));
    } else if (in_time < wanted) {
        add(findings, "redis.replica.missing",
            fmt::format("{} of {} declared replicas are in time", in_time, wanted));
    } else {
        add(findings, "redis.replication.ok", fmt::format("master, {} replicas in time", in_time));
    }
}

// The members that are masters, as they are declared. The same server may be declared twice.
std::vector<std::string> masters_of(const SetFacts& set) {
    std::vector<std::string> masters;
    std::set<std::string> seen;
    for (const SetMember& member : set.members) {
        if (member.answer && member.answer->is_master() &&
            seen.insert(member.answer->run_id).second) {
            masters.push_back(member.at);
        }
    }
    if (set.own.is_master() && !seen.contains(set.own.run_id)) {
        masters.emplace_back("this server");
    }
    return masters;
}

// A member that does not answer may be the master, as long as no majority of the Sentinels knows
// better.
bool has_no_master(const SetFacts& set, const resp::WatchedMaster* named) {
    const bool all_answer =
        std::ranges::all_of(set.members, [](const auto& each) { return each.answer.has_value(); });
    return all_answer || set.sentinels.empty() || (named != nullptr && named->has("o_down"));
}

void assess_masters(const SetFacts& set, Findings& findings) {
    const auto* named = resp::named_by_majority(set.sentinels);
    const auto masters = masters_of(set);
    if (masters.size() > 1 && !is_conflicting(set)) {
        add(findings, "redis.master.duplicate",
            fmt::format("{} are masters{}", fmt::join(masters, " and "),
                        named == nullptr ? std::string{}
                                         : fmt::format(", and the Sentinels name {}",
                                                       resp::to_string(named->at))));
    }
    if (masters.empty() && has_no_master(set, named)) {
        add(findings, "redis.master.missing",
            named == nullptr ? "no declared member that answers is a master"
                             : fmt::format("no declared member that answers is a master, and the "
                                           "Sentinels name {}{}",
                                           resp::to_string(named->at),
                                           named->has("o_down") ? ", which is down" : ""));
    }
}

void assess_sentinels(const SetFacts& set, Findings& findings) {
    if (set.sentinels.empty() || resp::named_by_majority(set.sentinels) != nullptr) {
        return;
    }
    const auto silent =
        std::ranges::find_if(set.sentinels, [](const auto& each) { return !each.has_value(); });
    const auto knows = [](const auto& each) { return each.has_value() && each->has_value(); };
    add(findings, "redis.sentinel.missing",
        fmt::format("{} of {} Sentinels name a master, and no majority the same{}",
                    std::ranges::count_if(set.sentinels, knows), set.sentinels.size(),
                    silent == set.sentinels.end() ? std::string{}
                                                  : fmt::format(" ({})", silent->error().text)));
}

}  // namespace

void assess_set(const SetFacts& set, const Config& config, bool serves_stale, Findings& findings) {
    if (set.own.link) {
        assess_replica(set, *set.own.link, config, serves_stale, findings);
    } else {
        assess_master(set, findings);
    }
    assess_masters(set, findings);
    assess_sentinels(set, findings);
}

}  // namespace arc::redis
