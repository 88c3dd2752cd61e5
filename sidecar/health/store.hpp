// Whether a server's data is on its declared volume: the codes `<service>.store.<condition>`. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/volume.hpp"
#include "health/finding.hpp"

namespace arc {

struct StoreCodes {
    Code ok;
    Code outside;
    Code unmounted;
    Code in_memory;
    Code unverified;
};

struct DeclaredStore {
    std::string store;         // the server's directory; empty: not known
    std::string volume;        // the value of `<service>.data_dir`
    std::string_view setting;  // of the server, with `store`: "store_dir (-sd)"
};

// `facts` are the result of look_at_volume(store, volume), or empty for a server on another
// machine. A store that the name alone shows to be elsewhere is outside.
[[nodiscard]] Finding store_finding(const StoreCodes& codes, const DeclaredStore& declared,
                                    const VolumeFacts& facts);

// "nats.data_dir cannot be verified, because …"; `what` is what was declared.
[[nodiscard]] Finding unverified_store(const StoreCodes& codes, std::string_view what,
                                       std::string_view store);

}  // namespace arc
