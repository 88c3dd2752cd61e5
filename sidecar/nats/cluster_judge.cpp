#include "nats/cluster_judge.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>

#include "nats/cluster_index.hpp"

namespace arc::nats {
namespace {

// Why a stop has to wait.
struct Obstacle {
    std::string reason;
    std::string absent;  // the server that has to return, if it does not run
};

class Judge {
public:
    Judge(const ClusterView& before, const ClusterView& now)
        : now_view_(now), before_(before), now_(now) {}

    [[nodiscard]] StopAnswer answer() const;

private:
    [[nodiscard]] std::optional<std::string> no_quorum() const;
    [[nodiscard]] std::optional<Obstacle> obstacle(const Asset& asset) const;
    [[nodiscard]] std::optional<Obstacle> obstacle_of(const Asset& led, const Replica& copy) const;
    [[nodiscard]] Obstacle leaderless(const Asset& asset) const;
    [[nodiscard]] const std::string& self() const { return now_view_.self->name; }

    const ClusterView& now_view_;
    ClusterIndex before_;
    ClusterIndex now_;
};

Obstacle Judge::leaderless(const Asset& asset) const {
    if (asset.leader.empty() || now_.server(asset.leader) != nullptr) {
        return {.reason = fmt::format("{} has no leader", label_of(asset)), .absent = {}};
    }
    return {
        .reason = fmt::format("{}: its leader {} does not answer", label_of(asset), asset.leader),
        .absent = is_absent(now_view_, asset.leader) ? asset.leader : std::string{}};
}

// Why the copy does not count towards the quorum; nullopt: it does.
std::optional<Obstacle> Judge::obstacle_of(const Asset& led, const Replica& copy) const {
    const auto because = [&](std::string_view what, std::string absent = {}) {
        return Obstacle{
            .reason = fmt::format("{}: replica {} {}", label_of(led), copy.server, what),
            .absent = std::move(absent)};
    };
    if (now_.server(copy.server) == nullptr) {
        return because("does not answer",
                       copy.offline || is_absent(now_view_, copy.server) ? copy.server : "");
    }
    if (copy.offline) {
        return because("is not connected");
    }
    if (copy.silent > kHeard) {
        return because(fmt::format("was last heard {:.1f} s ago",
                                   std::chrono::duration<double>(copy.silent).count()));
    }
    if (copy.lag > kInFlight || (!copy.current && copy.lag == 0)) {
        return because(copy.lag == 0 ? "is not current"
                                     : fmt::format("is {} entries behind", copy.lag));
    }
    if (led.kind != Asset::Kind::stream) {
        return std::nullopt;
    }
    const Asset* there = now_.at(copy.server, led);
    const Asset* earlier = before_.led(led);
    const std::int64_t wanted = (earlier == nullptr ? led : *earlier).last_seq;
    if (there == nullptr) {
        return because("has no copy yet");
    }
    return there->last_seq >= wanted ? std::nullopt
                                     : std::optional{because(fmt::format(
                                           "is {} messages behind", wanted - there->last_seq))};
}

// `asset` in the words of its leader, if that answers.
std::optional<Obstacle> Judge::obstacle(const Asset& asset) const {
    const Asset* led = now_.led(asset);
    if (led == nullptr) {
        return leaderless(asset);
    }
    const auto members = static_cast<std::int64_t>(led->others.size()) + 1;
    const std::int64_t voters = std::max(led->replicas, members);
    std::int64_t left = led->leader == self() ? 0 : 1;  // that can do without this member
    std::vector<Obstacle> found;
    for (const Replica& copy : led->others) {
        if (copy.server == self()) {
            continue;
        }
        auto obstacle = obstacle_of(*led, copy);
        left += obstacle ? 0 : 1;
        if (obstacle) {
            found.push_back(std::move(*obstacle));
        }
    }
    if (left >= voters / 2 + 1) {
        return std::nullopt;
    }
    if (found.empty()) {
        return Obstacle{.reason = fmt::format("{} has {} of {} replicas", label_of(*led), members,
                                              led->replicas),
                        .absent = {}};
    }
    // What runs is waited for; who is absent comes second.
    return *std::ranges::min_element(found, {},
                                     [](const Obstacle& each) { return !each.absent.empty(); });
}

std::optional<std::string> Judge::no_quorum() const {
    const auto size =
        static_cast<std::size_t>(std::max<std::int64_t>(now_view_.self->cluster_size, 1));
    const std::size_t alive = now_.count_alive();
    if (alive * 2 > size) {
        return std::nullopt;
    }
    std::string errors;
    for (const MemberView& member : now_view_.members) {
        if (!member.view) {
            errors += fmt::format("{}{}", errors.empty() ? "" : "; ", member.view.error().text);
        }
    }
    return fmt::format("no quorum, {} of {} members answers ({})", alive, size, errors);
}

// What a stop interrupts nevertheless.
std::string interrupted(const std::vector<const Asset*>& held) {
    std::set<std::string> names;
    for (const Asset* asset : held) {
        if (asset->kind == Asset::Kind::stream && asset->replicas < kFewestReplicas) {
            names.insert(label_of(*asset));
        }
    }
    constexpr std::size_t kNamed = 3;
    const std::size_t more = names.size() - std::min(names.size(), kNamed);
    std::vector<std::string> few{
        names.begin(), std::next(names.begin(), static_cast<std::ptrdiff_t>(names.size() - more))};
    return names.empty() ? std::string{}
                         : fmt::format("{}{} {} fewer than 3 replicas, which no wait protects",
                                       fmt::join(few, ", "),
                                       more > 0 ? fmt::format(" and {} more", more) : std::string{},
                                       names.size() == 1 ? "has" : "have");
}

StopAnswer Judge::answer() const {
    using Kind = StopAnswer::Kind;
    if (auto lost = no_quorum()) {
        return {.kind = Kind::pointless, .reason = std::move(*lost), .absent = {}};
    }
    const std::vector<const Asset*> held = now_.held_by(self());
    std::vector<Obstacle> found;
    for (const Asset* asset : held) {
        if (asset->replicas >= kFewestReplicas) {
            if (auto one = obstacle(*asset)) {
                found.push_back(std::move(*one));
            }
        }
    }
    if (found.empty()) {
        return {.kind = Kind::safe, .reason = interrupted(held), .absent = {}};
    }
    const auto& first = *std::ranges::min_element(
        found, {}, [](const Obstacle& each) { return !each.absent.empty(); });
    return {.kind = Kind::wait, .reason = first.reason, .absent = first.absent};
}

}  // namespace

std::string label_of(const Asset& asset) {
    if (asset.kind == Asset::Kind::meta) {
        return "the meta group";
    }
    const std::string_view kind = asset.kind == Asset::Kind::stream ? "stream" : "consumer";
    return asset.account == "$G" || asset.account.empty()
               ? fmt::format("{} {}", kind, asset.name)
               : fmt::format("{} {} of account {}", kind, asset.name, asset.account);
}

StopAnswer judge_stop(const ClusterView& before, const ClusterView& now) {
    using Kind = StopAnswer::Kind;
    if (!now.self) {
        return {.kind = Kind::pointless,
                .reason = fmt::format("the server does not answer ({})", now.self.error().text),
                .absent = {}};
    }
    if (now.busy) {
        return {.kind = Kind::pointless, .reason = *now.busy, .absent = {}};
    }
    if (!now.self->jetstream) {
        return {};
    }
    if (!now.self->clustered) {
        return {.kind = Kind::pointless,
                .reason = "JetStream of this server is not part of a cluster",
                .absent = {}};
    }
    return Judge{before, now}.answer();
}

}  // namespace arc::nats
