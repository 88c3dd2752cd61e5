// The interface for a service's own series, which each service's directory implements if the
// service has no exporter.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.hpp"
#include "metrics/exposition.hpp"

namespace arc {
class Config;
}

namespace arc::metrics {

// The result of one scrape.
struct Scrape {
    bool up = false;                   // the server answered in time
    std::optional<double> start_time;  // of the server, as it reports it, in seconds since 1970
    // Items that could not be read, one line each: "CONFIG GET: NOPERM …".
    std::vector<std::string> unread;
};

// Keeps the state of counters between scrapes. Not thread-safe.
class Source {
public:
    virtual ~Source() = default;
    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    // Queries the server within the deadline and adds the series. Makes each query once. Omits a
    // series without an answer, and never repeats a value of an earlier scrape. Never throws.
    [[nodiscard]] virtual Scrape scrape(Exposition& exposition, Deadline deadline) = 0;

    // Adds the series that scrape() adds for a server that does not answer. Makes no query.
    virtual void silent(Exposition& /*exposition*/) const {}
};

}  // namespace arc::metrics
