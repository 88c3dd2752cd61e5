// Where a service's own series come from. The room of each service has one (nats/metrics.hpp,
// redis/metrics.hpp); Pulsar has its own exporter.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.hpp"
#include "metrics/exposition.hpp"

namespace arc {
struct Config;
}

namespace arc::metrics {

// What one scrape brought.
struct Scrape {
    bool up = false;                   // the server answered, in time, and is past its start
    std::optional<double> start_time;  // of the server: seconds since 1970, by its own word
    // what could not be read, a line each: "CONFIG GET: NOPERM …"
    std::vector<std::string> unread;
};

// Remembers from scrape to scrape what a counter needs. Not for several threads at once.
class Source {
public:
    virtual ~Source() = default;
    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    // Asks the server once for each thing, within the deadline, and adds what it said. Never
    // throws; what was not said is absent, and never taken from an earlier scrape.
    [[nodiscard]] virtual Scrape scrape(Exposition& exposition, Deadline deadline) = 0;

    // Adds what scrape() says of a server that says nothing, without asking it.
    virtual void silent(Exposition& /*exposition*/) const {}
};

}  // namespace arc::metrics
