// What a nats-server said about itself, as plain data. The field names are those of the server's
// JSON where it has them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/volume.hpp"
#include "config/config.hpp"

namespace arc::nats {

// An error in an answer of the JetStream API. Known err_codes: 10039 and 10076 JetStream not
// enabled, 10047 storage and 10028 memory cannot be reserved, 10052 configuration invalid, 10058
// name in use with another configuration, 10059 not found, 10065 subjects overlap.
struct ApiError {
    std::int64_t code = 0;  // like an HTTP status; 0: the answer was not understood
    std::int64_t err_code = 0;
    std::string description;
};

// The server's words, with the err_code that its documentation lists.
[[nodiscard]] std::string words_of(const ApiError& error);

// Where a stream is in a cluster, by the names of the servers: `cluster` of STREAM.INFO, as the
// stream's leader sees it.
struct Copies {
    // then the cluster's leader answers in its place: who is seen is not to be relied on (2.10,
    // measured)
    bool leaderless = false;
    std::vector<std::string> servers;  // that hold a copy
    // of these: gone, or not heard of for kUnseen. One that is just a little behind is not among
    // them
    std::vector<std::string> unseen;
};

// What the server itself calls lost: its `current` is false from then on (2.10 and 2.15, measured).
inline constexpr std::chrono::seconds kUnseen{10};

// A stream as the server has it. `spec` holds what can be declared; the rest changes what a client
// may do and cannot be declared.
struct Stream {
    StreamSpec spec;
    bool sealed = false;
    bool no_ack = false;
    // the stream that this one mirrors; a mirror takes no messages. Empty: none
    std::string mirror;
    Copies copies;
    // the server's own JSON, whole: the base of every update. Only where it was asked for
    std::string raw_config;
};

// One declared stream, as found. At most one of the four is set; none: it is missing.
struct StreamState {
    std::optional<Stream> stream;
    std::optional<ApiError> error;
    std::string denied;   // the server's words: this user may not ask about it
    bool silent = false;  // no answer about it in time, and about others there was one
};

[[nodiscard]] inline bool is_missing(const StreamState& state) noexcept {
    return !state.stream && !state.error && state.denied.empty() && !state.silent;
}

struct Usage {
    std::int64_t used = 0;      // bytes
    std::int64_t reserved = 0;  // bytes that streams have reserved with max_bytes
    std::int64_t limit = -1;    // bytes; -1: none
};

// A message of our own (canary.hpp).
struct Canary {
    enum class Outcome {
        stored,
        failed,       // refused, or not acknowledged in time
        unavailable,  // the stream for it could not be had: nothing was written
    };
    Outcome outcome = Outcome::stored;
    std::string text;     // why not; empty when it was stored
    bool silent = false;  // failed: the server said nothing to it
};

// The client port's side: JetStream and the declared streams.
struct ClientFacts {
    bool jetstream = false;
    // the server's words when it is off; empty when nobody listens on its API
    std::string jetstream_error;
    // JetStream gave no answer in time on a connection that stands: our words for it; empty: it
    // answered
    std::string silence;
    std::string server_id;             // of the server behind the client port
    bool loopback = false;             // reached over loopback: its files may be visible from here
    std::vector<StreamState> streams;  // one for each declared stream, in that order
    std::optional<Canary> canary;      // where nats.canary asks for it
};

// A problem that /healthz names.
struct HealthProblem {
    enum class Kind {
        other,
        passing,     // the server will be fit by and by: it recovers
        leaderless,  // its cluster has no leader: at the start, and when too few servers are left
        damaged,     // a stream could not be recovered: its files are there and damaged
        // a write to a stream failed: it takes no message until the server is restarted, whatever
        // room is made (2.15.2, measured)
        stuck,
    };
    std::string text;  // the server's words
    Kind kind = Kind::other;
    std::string stream;  // that is damaged or stuck
};

// Nothing can be created while it lasts.
[[nodiscard]] inline bool not_ready(const HealthProblem& problem) noexcept {
    return problem.kind == HealthProblem::Kind::passing ||
           problem.kind == HealthProblem::Kind::leaderless;
}

// /healthz?details=true. Servers before 2.10 ignore `details` and name the first problem only:
// `complete` is false then.
struct Health {
    int status = 0;  // the HTTP status
    bool complete = true;
    std::vector<HealthProblem> problems;
};

// What is used of /varz.
struct Varz {
    std::string version;
    std::string server_id;
    std::int64_t port = 0;
    std::int64_t clients = 0;  // `connections`: connected now
    bool jetstream = false;
    // the folder of JetStream itself: <store_dir of the configuration>/jetstream
    std::string store_dir;
    Usage storage;
    Usage memory;
};

// JetStream of one account on one server, as that server's monitor has it.
struct AccountJetStream {
    std::string account;   // its name, or its public key
    bool enabled = false;  // the server runs JetStream for this account
    // its JetStream is part of a cluster: a leader answers for all of its servers
    bool clustered = false;
    std::string domain;  // of its JetStream; empty: none
    // requests of the account that this server has answered since it started
    std::int64_t answered = 0;
};

struct MonitorFacts {
    Health health;
    Varz varz;
};

struct Facts {
    Result<ClientFacts> client;
    Result<MonitorFacts> monitor;
    VolumeFacts store;  // unset where the store's folder is not visible from here
};

}  // namespace arc::nats
