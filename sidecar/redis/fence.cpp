#include "redis/fence.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <thread>

#include "redis/peers.hpp"

namespace arc::redis {
namespace {

using Start = Fenced::Start;

constexpr std::chrono::milliseconds kQuestion{1'000};
constexpr std::chrono::milliseconds kPoll{200};

std::vector<std::string> find_followers(const Config& config, std::uint16_t port,
                                        Deadline deadline) {
    std::vector<std::string> followers;
    const auto urls = member_urls(config);
    const auto members = ask_members(config, deadline.capped(kQuestion));
    for (std::size_t i = 0; i < members.size(); ++i) {
        const auto& link = members[i] ? members[i]->link : std::nullopt;
        if (link && members[i]->keys > 0 && link->master.port == port &&
            is_here(link->master.host, deadline.capped(kQuestion))) {
            followers.push_back(host_and_port(urls[i].host, urls[i].port));
        }
    }
    return followers;
}

FenceFacts gather_fence(const Config& config, std::uint16_t port, bool is_empty,
                        Deadline deadline) {
    FenceFacts facts{.named = {}, .is_empty = is_empty, .followers = {}};
    const auto sentinels = ask_sentinels(config, deadline.capped(kQuestion));
    const auto* named = resp::named_by_majority(sentinels);
    if (named == nullptr) {
        return facts;
    }
    facts.named = named->at;
    const auto there =
        ask_replication(url_of(named->at, config), config, deadline.capped(kQuestion));
    if (there) {
        facts.answer =
            there->is_master() ? FenceFacts::Answer::master : FenceFacts::Answer::replica;
    }
    facts.named_is_here =
        named->at.port == port && is_here(named->at.host, deadline.capped(kQuestion));
    if (is_empty) {
        facts.followers = find_followers(config, port, deadline);
    }
    return facts;
}

}  // namespace

Fenced judge_fence(const FenceFacts& facts) {
    const bool answers = facts.answer != FenceFacts::Answer::none;
    if (!facts.named || (facts.named_is_here && answers)) {
        return {};  // the second: the server runs already, and preflight is run by hand
    }
    const std::string named = resp::to_string(*facts.named);
    if (!facts.named_is_here && facts.answer == FenceFacts::Answer::master) {
        return {.start = Start::as_replica,
                .master = *facts.named,
                .reason = fmt::format("a majority of the Sentinels names the master {}", named)};
    }
    if (!facts.followers.empty()) {
        return {.start = Start::not_yet,
                .master = *facts.named,
                .reason = fmt::format(
                    "this member of the set has no data, and {} would copy that from it as their "
                    "master and lose what they hold (the Sentinels still name {})",
                    fmt::join(facts.followers, " and "), named)};
    }
    return {
        .start = facts.named_is_here && !facts.is_empty ? Start::as_master : Start::as_configured,
        .master = *facts.named,
        .reason = fmt::format("a majority of the Sentinels names this member ({})", named)};
}

Fenced fence(const Config& config, std::uint16_t port, bool is_empty, Deadline deadline) {
    Fenced fenced = judge_fence(gather_fence(config, port, is_empty, deadline));
    while (fenced.start == Start::not_yet && !deadline.expired()) {
        std::this_thread::sleep_for(kPoll);
        Fenced next = judge_fence(gather_fence(config, port, is_empty, deadline));
        // That nothing answers any more is no switch.
        if (next.start != Start::as_configured) {
            fenced = std::move(next);
        }
    }
    return fenced;
}

}  // namespace arc::redis
