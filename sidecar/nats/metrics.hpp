// The answers of a nats-server's monitoring port as the series of prometheus-nats-exporter 0.20.1
// (names, types and labels as measured with all its collectors for one server: varz, connz,
// healthz, jsz), so that its dashboards work.
//
// Where they differ, on purpose:
//   - `server_id` is the server's name, or the monitor's address if it has none. The server's id
//     changes at each start, so every series would start again;
//   - no limit is -1 everywhere; the server has 2^64 - 1 in some places;
//   - the counters of /connz are sums over the open connections, and those of closed connections
//     stay in them, so that they never decrease.
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

// The sums of /connz, including closed connections. A connection that was opened and closed between
// two scrapes is not counted.
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

struct ServerName {
    std::string own;    // in the server's answers, where it is the id of a server without a name
    std::string label;  // of each series
};

// State between scrapes.
struct MetricsMemory {
    std::string address;  // of the monitor: the label of a server without a name
    ServerName name;      // also for an answer without one
    ConnectionTotals totals;
};

// Adds what the answers say. Pure.
[[nodiscard]] metrics::Scrape expose(const MonitorAnswers& answers, MetricsMemory& memory,
                                     metrics::Exposition& exposition);

// Four requests a scrape on one kept connection. `config` must outlive it.
[[nodiscard]] std::unique_ptr<metrics::Source> metrics_source(const Config& config);

}  // namespace arc::nats
