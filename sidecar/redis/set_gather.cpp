#include "redis/set_gather.hpp"

#include <algorithm>
#include <thread>

#include "redis/peers.hpp"

namespace arc::redis {
namespace {

using std::chrono::milliseconds;

// A server that hangs must not take the time of the whole check.
constexpr milliseconds kQuestion{1'000};
constexpr milliseconds kPoll{20};

// Each question gets an equal part of what is left for it and the others.
Deadline share(Deadline deadline, int questions) {
    return deadline.capped(kQuestion).capped(deadline.remaining() / questions);
}

// A replica that has all that its master had at one moment is not behind.
std::optional<Lag> measure_lag(std::int64_t offset, const Link& link, const Config& config,
                               Deadline deadline) {
    const auto master = ask_replication(url_of(link.master, config), config, share(deadline, 2));
    if (!master) {
        return std::nullopt;
    }
    const auto began = Deadline::Clock::now();
    const auto waited = [began] {
        return std::chrono::duration_cast<milliseconds>(Deadline::Clock::now() - began);
    };
    const milliseconds limit = *config_of(config).max_lag;
    while (offset < master->offset && waited() < limit && deadline.remaining() > 2 * kPoll) {
        std::this_thread::sleep_for(kPoll);
        const auto now = ask_own(config, deadline);
        offset = now ? now->offset : offset;
    }
    return Lag{.bytes = std::max<std::int64_t>(master->offset - offset, 0), .waited = waited()};
}

std::optional<Replication> ask_named(const resp::MasterAnswers& sentinels, const Config& config,
                                     Deadline deadline) {
    const auto* named = resp::named_by_majority(sentinels);
    auto there = named == nullptr ? fail(ErrorKind::config, "the Sentinels name no master")
                                  : ask_replication(url_of(named->at, config), config, deadline);
    return there ? std::optional{std::move(*there)} : std::nullopt;
}

}  // namespace

SetFacts gather_set(const Replication& own, const Config& config, Deadline deadline) {
    SetFacts set{.own = own, .members = {}, .sentinels = {}, .named = {}, .lag = {}};
    if (!config_of(config).sentinels->empty()) {
        set.sentinels = ask_sentinels(config, share(deadline, 4));
    }
    const auto urls = member_urls(config);
    auto answers = ask_members(config, share(deadline, 3));
    for (std::size_t i = 0; i < urls.size(); ++i) {
        set.members.push_back({host_and_port(urls[i].host, urls[i].port), std::move(answers[i])});
    }
    if (!own.link) {
        set.named = ask_named(set.sentinels, config, share(deadline, 2));
    } else if (own.link->up) {
        set.lag = measure_lag(own.offset, *own.link, config, deadline);
    }
    return set;
}

}  // namespace arc::redis
