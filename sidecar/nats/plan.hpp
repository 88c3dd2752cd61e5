// Declared streams against what is there: what bootstrap will do. Pure. The rules:
//   - what is missing is created, if nothing is in the way;
//   - what differs is left as it is and named field by field. An update is made only when it was asked for (BootstrapOptions::update) and no
//     difference has a risk (differences.hpp): then it can lose no message, no consumer and no access;
//   - a stream whose files are there and damaged is never created anew: the server would adopt its blocks and apply the new limits at once,
//     which deletes messages (measured). Only the monitoring port names such streams, so without it nothing is created unless forced.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "bootstrap/plan.hpp"
#include "config/config.hpp"
#include "nats/differences.hpp"
#include "nats/facts.hpp"

namespace arc::nats {

// One declared stream and what to do about it.
struct Step {
    Action action;
    StreamSpec declared;
    std::vector<Difference> changes;  // of an update
    std::string raw_config;           // of an update: the configuration to edit
};

// What is there. `existing` (all streams of the account) and `monitor` are looked at only for missing streams.
struct Surroundings {
    std::vector<StreamState> declared;  // one for each declared stream, in that order
    std::vector<Stream> existing;
    Result<MonitorFacts> monitor = fail(ErrorKind::unreachable, "not asked");
};

[[nodiscard]] std::vector<Step> plan(const std::vector<StreamSpec>& declared, const Surroundings& there, const BootstrapOptions& options);

// Why this declaration can never be a stream, seen without a server: its name, a subject, an overlap within itself or with one of `before`,
// the streams declared before it. Empty: nothing is wrong with it.
[[nodiscard]] std::string refusal_of_declaration(const StreamSpec& declared, std::span<const StreamSpec> before);

// Which existing stream already takes one of the subjects: "subject metrics.cpu overlaps stream A (metrics.>)". Empty: none.
[[nodiscard]] std::string overlap_with(const StreamSpec& declared, const std::vector<Stream>& existing);

// Why the room that a stream reserves with max_bytes cannot be had: wanted bytes, the limit, and who reserved what. Empty: it can.
[[nodiscard]] std::string shortage(const StreamSpec& declared, const std::vector<Stream>& existing, const Varz& server);

}  // namespace arc::nats
