#include "redis/hand_over.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <thread>

#include "base/suggest.hpp"
#include "redis/peers.hpp"
#include "resp/info.hpp"

namespace arc::redis {
namespace {

using Kind = StopAnswer::Kind;
using std::chrono::milliseconds;

constexpr milliseconds kPoll{20};
constexpr milliseconds kBetweenTries{500};
constexpr milliseconds kLongestPause{4'000};
// of one question to one server, which may be frozen
constexpr milliseconds kQuestion{500};
// The Sentinels spread the new master within two seconds.
constexpr milliseconds kSpread{5'000};

StopAnswer not_yet(std::string reason) {
    return {.kind = Kind::wait, .reason = std::move(reason), .absent = {}};
}

struct HandOver {
    const Config& config;
    Deadline deadline;
    Url own;
    Url sentinel;        // the one that fails over
    milliseconds pause;  // of the writes, each time

    [[nodiscard]] Deadline question() const { return deadline.capped(kQuestion); }
    [[nodiscard]] std::string_view name() const { return *config_of(config).master_name; }
};

Result<void> pause_writes(const HandOver& task) {
    return tell(task.own, task.config,
                {"CLIENT", "PAUSE", std::to_string(task.pause.count()), "WRITE"}, task.question())
        .transform([](const auto&) {});
}

void resume_writes(const HandOver& task) {
    static_cast<void>(tell(task.own, task.config, {"CLIENT", "UNPAUSE"}, task.question()));
}

// Why a replica lacks something of what was written before the pause; nullopt: none does.
std::optional<std::string> find_behind(const HandOver& task, std::span<const Endpoint> replicas,
                                       std::int64_t offset) {
    for (const Endpoint& at : replicas) {
        const auto replica = ask_replication(url_of(at, task.config), task.config, task.question());
        if (!replica) {
            return fmt::format("replica {} does not answer", resp::to_string(at));
        }
        if (!replica->link || !replica->link->up || replica->offset < offset) {
            return fmt::format("replica {} is {} bytes behind", resp::to_string(at),
                               std::max<std::int64_t>(offset - replica->offset, 0));
        }
    }
    return std::nullopt;
}

// Waits while half of the pause lasts.
std::optional<std::string> wait_equal(const HandOver& task, std::span<const Endpoint> replicas) {
    const Deadline half = task.deadline.capped(task.pause / 2);
    const auto own = ask_replication(task.own, task.config, task.question());
    if (!own) {
        return "the server does not answer: " + own.error().text;
    }
    auto behind = find_behind(task, replicas, own->offset);
    while (behind && !half.expired()) {
        std::this_thread::sleep_for(kPoll);
        behind = find_behind(task, replicas, own->offset);
    }
    return behind;
}

std::optional<Endpoint> find_promoted(const HandOver& task, std::span<const Endpoint> replicas) {
    for (const Endpoint& at : replicas) {
        const auto replica = ask_replication(url_of(at, task.config), task.config, task.question());
        if (replica && replica->is_master()) {
            return at;
        }
    }
    return std::nullopt;
}

// Waits for a replica to be the master, with paused writes.
std::optional<Endpoint> wait_promoted(const HandOver& task, std::span<const Endpoint> replicas) {
    Deadline renew = Deadline::after(task.pause / 4);
    while (!task.deadline.expired()) {
        if (const auto promoted = find_promoted(task, replicas)) {
            return promoted;
        }
        if (renew.expired()) {
            static_cast<void>(pause_writes(task));
            renew = Deadline::after(task.pause / 4);
        }
        std::this_thread::sleep_for(kPoll);
    }
    return std::nullopt;
}

// Sentinel would do it after some seconds, in which this server would accept writes.
bool follow(const HandOver& task, const Endpoint& master) {
    const std::string port = std::to_string(master.port);
    const auto done = tell(task.own, task.config, {"REPLICAOF", master.host, port},
                           task.deadline.capped(kBetweenTries));
    // Without a configuration file, nothing is written.
    static_cast<void>(tell(task.own, task.config, {"CONFIG", "REWRITE"}, task.question()));
    return done.has_value();
}

// Clients ask the Sentinels where the master is.
void wait_named(const HandOver& task, const Endpoint& master) {
    const Deadline end = task.deadline.capped(kSpread);
    const auto is_named = [&] {
        const auto answers = ask_sentinels(task.config, end.capped(kQuestion));
        const auto* named = resp::named_by_majority(answers);
        return named != nullptr && named->at == master;
    };
    while (!is_named() && !end.expired()) {
        std::this_thread::sleep_for(kPoll * 5);
    }
}

// One try. The writes are paused when it begins.
StopAnswer try_once(const HandOver& task) {
    const auto replicas = promotable_replicas(task.sentinel, task.config, task.question());
    if (replicas.empty()) {
        return not_yet("Sentinel knows no replica that it can promote");
    }
    if (auto behind = wait_equal(task, replicas)) {
        return not_yet(std::move(*behind));
    }
    const auto begun = tell_sentinel(task.sentinel, task.config,
                                     {"SENTINEL", "FAILOVER", task.name()}, task.question());
    if (!begun) {
        return not_yet("Sentinel does not fail over: " + begun.error().text);
    }
    const auto promoted = wait_promoted(task, replicas);
    if (!promoted) {
        return not_yet("no replica became the master in time");
    }
    if (!follow(task, *promoted)) {
        return not_yet("this server does not follow the new master " + resp::to_string(*promoted));
    }
    resume_writes(task);
    wait_named(task, *promoted);
    return {.kind = Kind::safe, .reason = {}, .absent = {}};
}

// The first Sentinel that names this server the master, and the time for which it may be silent.
std::optional<HandOver> prepare(const Config& config, Deadline deadline,
                                const std::string& run_id) {
    const auto sentinels = sentinel_urls(config);
    const auto answers = ask_sentinels(config, deadline.capped(kQuestion * 4));
    const auto* named = resp::named_by_majority(answers);
    if (named == nullptr) {
        return std::nullopt;
    }
    const auto there =
        ask_replication(url_of(named->at, config), config, deadline.capped(kQuestion));
    if (!there || there->run_id != run_id) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (answers[i] && *answers[i] && (*answers[i])->at == named->at) {
            return HandOver{.config = config,
                            .deadline = deadline,
                            .own = *config_of(config).url,
                            .sentinel = sentinels[i],
                            .pause = std::min((*answers[i])->down_after * 2 / 5, kLongestPause)};
        }
    }
    return std::nullopt;
}

// Pauses, tries, and resumes if it failed.
StopAnswer attempt(const Config& config, Deadline deadline) {
    const auto own = ask_own(config, deadline.capped(kQuestion));
    if (!own) {
        return not_yet("the server does not answer: " + own.error().text);
    }
    if (!own->is_master()) {
        return {.kind = Kind::safe, .reason = {}, .absent = {}};
    }
    const auto task = prepare(config, deadline, own->run_id);
    if (!task) {
        return not_yet("no majority of the Sentinels names this server the master");
    }
    if (const auto paused = pause_writes(*task); !paused) {
        return not_yet("writes cannot be paused: " + paused.error().text);
    }
    StopAnswer answer = try_once(*task);
    if (answer.kind != Kind::safe) {
        resume_writes(*task);
    }
    return answer;
}

}  // namespace

std::vector<Endpoint> promotable_replicas(const Url& sentinel, const Config& config,
                                          Deadline deadline) {
    std::vector<Endpoint> found;
    const auto reply = tell_sentinel(
        sentinel, config, {"SENTINEL", "REPLICAS", *config_of(config).master_name}, deadline);
    if (!reply) {
        return found;
    }
    for (const resp::Reply& each : reply->list) {
        const auto flags = split(resp::list_field(each, "flags"), ',');
        const bool down = std::ranges::contains(flags, "s_down") ||
                          std::ranges::contains(flags, "o_down") ||
                          std::ranges::contains(flags, "disconnected");
        const auto port = parse_port(resp::list_field(each, "port"));
        if (!down && port && resp::list_field(each, "slave-priority") != "0") {
            found.push_back({std::string(resp::list_field(each, "ip")), *port});
        }
    }
    return found;
}

StopAnswer hand_over(const Config& config, Deadline deadline) {
    StopAnswer answer = attempt(config, deadline);
    while (answer.kind != Kind::safe && deadline.remaining() > kBetweenTries) {
        std::this_thread::sleep_for(kBetweenTries);
        answer = attempt(config, deadline);
    }
    return answer;
}

}  // namespace arc::redis
