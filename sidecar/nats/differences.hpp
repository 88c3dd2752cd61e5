// A stream compared with its declaration, field by field. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nats/facts.hpp"

namespace arc::nats {

struct Difference {
    std::string field;     // the name in the configuration file, or in the server's JSON
    std::string measured;  // for people: "24h"
    std::string wanted;    // "168h"
    // what the change from measured to wanted could lose; empty: nothing
    std::string_view risk = {};
    bool fixed = false;  // the server cannot change it on an existing stream
    // why clients cannot work as declared: "is sealed"; empty: they can
    std::string obstacle = {};
};

// A declaration as the server stores it: the values that mean "default" replaced by the default.
//   no subjects          the stream's own name
//   a limit of 0         -1, no limit; replicas 0: 1
//   duplicate_window     0 or the default, 2 min: not longer than max_age, as the server requires
[[nodiscard]] StreamSpec normalized(StreamSpec spec);

// Every field of the server's configuration that is not as `declared` (normalized here): those that
// can be declared, in the order of the documentation, then the others, which must have the server's
// default.
[[nodiscard]] std::vector<Difference> differences(const Stream& actual, const StreamSpec& declared);

// "max_age 24h → 168h; max_bytes 1 GiB → no limit".
[[nodiscard]] std::string describe(const std::vector<Difference>& differences);

}  // namespace arc::nats
