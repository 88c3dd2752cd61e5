// What one look at a broker brought: the answers as they came, not judged.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "pulsar/answers.hpp"
#include "state/state.hpp"

namespace arc::pulsar {

// std::nullopt: not asked, because something before it was missing.
template <class T>
using Asked = std::optional<Result<T>>;

// The token does not suffice for this question; the broker is none the worse for it.
[[nodiscard]] inline bool denied(const Error& error) noexcept {
    return error.kind == ErrorKind::auth || error.kind == ErrorKind::permission;
}

// The declared objects as the broker has them. std::nullopt: there is none. What may not be asked
// about is in `denied` alone.
struct Objects {
    // by name, the declared ones
    std::map<std::string, std::optional<TenantInfo>, std::less<>> tenants;
    // by tenant, of everything declared
    std::map<std::string, std::optional<Names>, std::less<>> namespaces;
    // partitions by name; 0: not partitioned
    std::map<std::string, std::optional<std::int64_t>, std::less<>> topics;
    // what this token may not ask about, by its path
    std::map<std::string, Error, std::less<>> denied;
};

// What the broker has under that name; nullptr: nothing, or it was not asked. It lives as long as
// the map.
template <class T>
[[nodiscard]] const T* find_known(const std::map<std::string, std::optional<T>, std::less<>>& known,
                                  std::string_view name) {
    const auto found = known.find(name);
    if (found == known.end()) {
        return nullptr;
    }
    const std::optional<T>& value = found->second;
    return value ? &*value : nullptr;
}

// What is known of deep health, and how.
struct DeepFact {
    enum class Source {
        agent,  // the agent's result, young enough to believe
        asked,  // asked by this process, now
        // asked a moment ago without an answer; not asked again while the broker may still be at it
        earlier,
        busy,     // another process is asking at this moment; `result` is the last known, if any
        no_time,  // the deadline left no room for the question
    };
    Source source = Source::asked;
    std::optional<DeepResult> result;
    std::int64_t age_ms = 0;  // of `result`
};

struct Facts {
    Asked<void> binary_port;
    Asked<void> ready;
    Asked<Names> clusters;
    Asked<std::optional<Names>> public_namespaces;  // of the tenant "public"
    std::string version;                            // empty: not told
    Asked<Objects> objects;
    // where a lookup sends clients; std::nullopt inside: to another broker
    Asked<std::optional<std::string>> broker_url;
    std::optional<DeepFact> deep;
};

}  // namespace arc::pulsar
