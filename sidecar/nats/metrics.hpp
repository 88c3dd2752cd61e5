// What a nats-server's monitoring port says, as the series of prometheus-nats-exporter 0.20.1
// (names, types and labels as measured there with all its collectors for one server: varz, connz,
// healthz, jsz), so that its dashboards work.
//
// Where they differ, on purpose:
//   - `server_id` carries the server's name: the id is a new one at each start, and every series
//     would begin anew;
//   - a limit that is not there is -1 everywhere; the server has 2^64 - 1 in some places;
//   - the counters of /connz are sums over the open connections: what closed connections had moved
//     stays in them, so that they never go back.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "metrics/source.hpp"
#include "nats/config.hpp"
#include "net/http_client.hpp"

namespace arc::nats {

// The four answers of one scrape.
struct MonitorAnswers {
    Result<HttpResponse> varz;
    Result<HttpResponse> connz;
    Result<HttpResponse> jsz;
    Result<HttpResponse> healthz;
};

struct Traffic {
    double in_msgs = 0;
    double out_msgs = 0;
    double in_bytes = 0;
    double out_bytes = 0;
};

// The sums of /connz that only grow: what is gone stays counted. A connection that came and went
// between two scrapes is not seen.
class ConnectionTotals {
public:
    // by connection id, which a run of the server gives once
    using Connections = std::map<std::int64_t, Traffic>;

    // Takes the open connections of a moment; another `run` (the server's id) begins at zero.
    [[nodiscard]] Traffic add(const std::string& run, Connections open);

private:
    std::string run_;
    Connections open_;
    Traffic closed_;
};

// What is kept from scrape to scrape.
struct MetricsMemory {
    std::string name;  // the server's, for the label of an answer without one
    ConnectionTotals totals;
};

// Adds what the answers say. Pure.
[[nodiscard]] metrics::Scrape expose(const MonitorAnswers& answers, MetricsMemory& memory,
                                     metrics::Exposition& exposition);

// Four requests a scrape on one kept connection. `config` must outlive it.
[[nodiscard]] std::unique_ptr<metrics::Source> metrics_source(const Config& config);

}  // namespace arc::nats
