// The facts about a broker: its answers, not judged.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/asked.hpp"
#include "base/error.hpp"
#include "base/variant.hpp"
#include "base/volume.hpp"
#include "pulsar/answers.hpp"
#include "state/state.hpp"

namespace arc::pulsar {

// A cold start takes minutes on a loaded machine.
inline constexpr std::chrono::milliseconds kStartPatience{120'000};

// Whether the token does not permit the request. This says nothing about the broker.
[[nodiscard]] inline bool is_denied(const Error& error) noexcept {
    return error.kind == ErrorKind::auth || error.kind == ErrorKind::permission;
}

// The broker has no such object (404).
struct NotFound {};
// The token does not permit the request: "/admin/v2/tenants/t answered 401".
struct Denied {
    std::string text;
};

// A declared object as the broker has it.
template <class T>
using Known = std::variant<NotFound, Denied, T>;

template <class T>
using KnownByName = std::map<std::string, Known<T>, std::less<>>;

template <class T>
[[nodiscard]] Known<T> known(std::optional<T> found) {
    return found ? Known<T>{std::move(*found)} : NotFound{};
}

// A limit to the clients of one partition.
struct ClientLimit {
    std::string_view clients;
    std::int64_t PartitionUse::* used;
    std::string_view setting;  // of the topic, in the admin API
};

inline constexpr std::array kClientLimits{
    ClientLimit{"producers", &PartitionUse::producers, "maxProducers"},
    ClientLimit{"consumers", &PartitionUse::consumers, "maxConsumers"},
    ClientLimit{"subscriptions", &PartitionUse::subscriptions, "maxSubscriptionsPerTopic"},
};

struct TopicFacts {
    std::int64_t partitions = 0;  // 0: not partitioned
    // NOLINTBEGIN(readability-redundant-member-init): gcc demands them in designated initializers
    Asked<NotFound, Names> terminated = {};
    Asked<NotFound, std::vector<PartitionUse>> use = {};
    Asked<NotFound, BlockingQuotas> quotas = {};  // if a backlog is near its limit
    // by kClientLimits, if a client counts towards it; 0: no limit
    std::array<Asked<NotFound, std::int64_t>, kClientLimits.size()> limits = {};
    Asked<NotFound, Done> schema = {};  // if the namespace requires one of producers
    // NOLINTEND(readability-redundant-member-init)
};

// The declared objects. A name that is not in a map was not requested.
struct Objects {
    KnownByName<TenantSpec> tenants;
    KnownByName<Names> namespaces;       // by tenant
    KnownByName<NamespaceState> states;  // of namespaces that exist
    KnownByName<TopicFacts> topics;
    bool use_complete = true;     // the use of all topics was requested
    Asked<std::int64_t> bookies;  // if a namespace needs a number of them
};

// The use from which a limit is said to be near.
[[nodiscard]] inline std::int64_t near_limit(std::int64_t limit) noexcept {
    return limit - limit / 10;
}

// The answer about `name`, if it is this alternative; otherwise nullptr. It lives as long as the
// map.
template <class Alternative, class T>
[[nodiscard]] const Alternative* find_known(const KnownByName<T>& objects, std::string_view name) {
    const auto found = objects.find(name);
    return found == objects.end() ? nullptr : std::get_if<Alternative>(&found->second);
}

// Deep health by its source.
struct DeepFromAgent {  // recent
    DeepResult result;
    std::int64_t age_ms = 0;
};
struct DeepAsked {  // by this process, now
    DeepResult result;
};
// The last request got no answer, and the broker may still work on it. No new request was sent.
struct DeepHeldOff {
    DeepResult result;
    std::int64_t age_ms = 0;
};
struct DeepBusy {  // another process sends a request now
    std::optional<DeepFromAgent> last;
};
struct DeepNoTime {};  // the deadline left too little time
using DeepHealth =
    std::variant<NotAsked, DeepFromAgent, DeepAsked, DeepHeldOff, DeepBusy, DeepNoTime>;

// The known result of any age; nullptr: none.
[[nodiscard]] inline const DeepResult* find_result(const DeepHealth& deep) noexcept {
    using Found = const DeepResult*;
    return std::visit(Match{[](const DeepBusy& busy) -> Found {
                                return busy.last ? &busy.last->result : nullptr;
                            },
                            [](const NotAsked&) -> Found { return nullptr; },
                            [](const DeepNoTime&) -> Found { return nullptr; },
                            [](const auto& known) -> Found { return &known.result; }},
                      deep);
}

struct OtherBroker {};  // a lookup redirects to another broker

// The facts of one check: gather() collects them, assess() judges them. After a missing fact the
// later ones are NotAsked.
struct Facts {
    Asked<Done> binary_port;
    Asked<Done> ready;
    Asked<Names> clusters;
    Asked<NotFound, Names> public_namespaces;  // of the tenant "public"
    std::optional<std::string> version;
    Asked<Objects> objects;
    Asked<OtherBroker, std::string> broker_url;  // where a lookup sends clients to
    DeepHealth deep;
    std::optional<Phase> agent;  // the phase of the agent, if one runs
    // The agent has seen the declared objects only recently, and deep health was never ok yet: on a
    // slow machine its first answer takes longer than a check.
    bool is_young = false;
    std::optional<VolumeFacts> volume;  // the declared one
};

}  // namespace arc::pulsar
