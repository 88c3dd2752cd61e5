// What one look at a broker brought: the answers as they came, not judged.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/asked.hpp"
#include "base/error.hpp"
#include "base/volume.hpp"
#include "pulsar/answers.hpp"
#include "state/state.hpp"

namespace arc::pulsar {

// The token does not suffice for this question; the broker is none the worse for it.
[[nodiscard]] inline bool is_denied(const Error& error) noexcept {
    return error.kind == ErrorKind::auth || error.kind == ErrorKind::permission;
}

// The broker has no such object (404).
struct NotFound {};
// The token may not ask about it: "/admin/v2/tenants/t answered 401".
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

// The declared objects. A name that is not in a map was not asked about.
struct Objects {
    KnownByName<TenantSpec> tenants;
    KnownByName<Names> namespaces;     // by tenant, of everything declared
    KnownByName<std::int64_t> topics;  // the number of partitions; 0: not partitioned
};

// The alternative of what is known under that name; nullptr: another one, or nothing. It lives as
// long as the map.
template <class Alternative, class T>
[[nodiscard]] const Alternative* find_known(const KnownByName<T>& objects, std::string_view name) {
    const auto found = objects.find(name);
    return found == objects.end() ? nullptr : std::get_if<Alternative>(&found->second);
}

// Deep health, as far as it is known, and from where.
struct DeepFromAgent {  // young enough to believe
    DeepResult result;
    std::int64_t age_ms = 0;
};
struct DeepAsked {  // by this process, now
    DeepResult result;
};
// Asked a moment ago without an answer; not asked again while the broker may still be at it.
struct DeepHeldOff {
    DeepResult result;
    std::int64_t age_ms = 0;
};
struct DeepBusy {  // another process is asking at this moment
    std::optional<DeepFromAgent> last;
};
struct DeepNoTime {};  // the deadline left too little for the question
using DeepHealth =
    std::variant<NotAsked, DeepFromAgent, DeepAsked, DeepHeldOff, DeepBusy, DeepNoTime>;

// The result that is known, however old; nullptr: none.
[[nodiscard]] const DeepResult* find_result(const DeepHealth& deep) noexcept;

struct OtherBroker {};  // a lookup redirects to another broker

// One look at a broker, as gather() brings it and assess() judges it. What comes after something
// that is missing is not asked.
struct Facts {
    Asked<Done> binary_port;
    Asked<Done> ready;
    Asked<Names> clusters;
    Asked<NotFound, Names> public_namespaces;  // of the tenant "public"
    std::optional<std::string> version;
    Asked<Objects> objects;
    Asked<OtherBroker, std::string> broker_url;  // where a lookup sends clients
    DeepHealth deep;
    std::optional<Phase> agent;  // how far the agent is, where there is one
    // of the declared volume, where the server is to be ended when it stays unhealthy
    std::optional<VolumeFacts> volume;
};

}  // namespace arc::pulsar
