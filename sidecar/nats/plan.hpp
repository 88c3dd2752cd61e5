// What bootstrap will do with the declared streams. Pure. The rules:
//   - A missing stream is created unless something conflicts with it.
//   - A stream that differs stays as it is, and the plan lists each field. It is updated only with
//     BootstrapOptions::update if no difference has a risk (differences.hpp): the update can then
//     lose no message, no consumer and no access. Or with BootstrapOptions::accept_loss.
//   - A stream with damaged files is never recreated. The server would adopt its blocks and apply
//     the new limits at once, which deletes messages (measured). Only the monitoring port of the
//     server that stores the streams reports the damage. If that port does not answer, or another
//     server answers for JetStream (api_server.hpp), nothing is created unless forced.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bootstrap/plan.hpp"
#include "nats/config.hpp"
#include "nats/differences.hpp"
#include "nats/facts.hpp"
#include "nats/subject.hpp"

namespace arc::nats {

// One declared stream and what to do about it.
struct Step {
    Action action;
    StreamSpec declared;
    std::vector<Difference> changes;  // of an update
    std::string raw_config;           // of an update: the configuration to edit
};

// The observed state. Only missing streams need `existing` (all streams of the account) and
// `monitor`.
struct PlanFacts {
    std::vector<StreamState> declared;  // one for each declared stream, in that order
    std::vector<Stream> existing = {};
    Asked<MonitorFacts> monitor = NotAsked{};
    // why the monitor is not that of the server which stores streams; empty: it is
    std::string other_server = {};
};

[[nodiscard]] std::vector<Step> plan(const std::vector<StreamSpec>& declared,
                                     const PlanFacts& observed, const BootstrapOptions& options);

// The declarations checked so far, in their order.
class Declarations {
public:
    // Why this declaration can never be a stream, seen without a server: its name, a subject, an
    // overlap within itself or with one of those before it. Empty: nothing is wrong with it. It
    // counts for those after it; it must outlive this.
    [[nodiscard]] std::string refusal_of(const StreamSpec& declared);

private:
    std::map<std::string_view, const StreamSpec*> names_;
    SubjectIndex taken_;
    std::vector<const StreamSpec*> owners_;  // of what is in taken_
};

// The subjects of these streams, each with the index of its stream.
[[nodiscard]] SubjectIndex index_of(const std::vector<Stream>& existing);

// Which existing stream already takes one of the subjects: "subject metrics.cpu overlaps stream A
// (metrics.>)". Empty: none. `taken` is index_of(existing).
[[nodiscard]] std::string overlap_with(const StreamSpec& declared,
                                       const std::vector<Stream>& existing,
                                       const SubjectIndex& taken);

// Why a stream cannot reserve its max_bytes: wanted bytes, the limit, and the streams that reserved
// the rest. Empty: it can.
[[nodiscard]] std::string shortage(const StreamSpec& declared, const std::vector<Stream>& existing,
                                   const Storage& server);

}  // namespace arc::nats
