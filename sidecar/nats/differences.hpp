// A stream as it is against a stream as declared, field by field. Pure.
#pragma once

#include <string>
#include <vector>

#include "nats/facts.hpp"

namespace arc::nats {

struct Difference {
    std::string field;     // the name in the configuration file: "max_age"
    std::string measured;  // for people: "24h"
    std::string wanted;    // "168h"
    // what the change from measured to wanted could lose or why it cannot be made; empty: nothing
    // can be lost
    std::string risk;
};

// What the server makes of a declaration: the values that mean "default" replaced by the default.
// So a declaration and the stream that was made from it are equal.
//   no subjects          the stream's own name
//   a limit of 0         -1, no limit; replicas 0: 1
//   duplicate_window     0 or the default, 2 min: not longer than max_age (the server refuses a
//   longer one)
[[nodiscard]] StreamSpec normalized(StreamSpec spec);

// Every field in which `actual` is not as `declared` (normalized here), in the order of the
// configuration file's documentation. Fields that cannot be declared count only where they keep
// clients from publishing: sealed, no_ack, mirror. All others (metadata that newer servers add,
// placement, sources, …) are the owner's and not looked at.
[[nodiscard]] std::vector<Difference> differences(const Stream& actual, const StreamSpec& declared);

// "max_age 24h → 168h; max_bytes 1 GiB → no limit".
[[nodiscard]] std::string describe(const std::vector<Difference>& differences);

}  // namespace arc::nats
