// What a nats-server said about itself, as plain data. The field names are those of the server's
// JSON where it has them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/asked.hpp"
#include "base/error.hpp"
#include "base/volume.hpp"
#include "nats/config.hpp"

namespace arc::nats {

// An error in an answer of the JetStream API. Known err_codes: 10039 and 10076 JetStream not
// enabled, 10047 storage and 10028 memory cannot be reserved, 10052 configuration invalid, 10058
// name in use with another configuration, 10059 not found, 10065 subjects overlap.
struct ApiError {
    std::optional<std::int64_t> err_code;  // none: the answer was not understood
    std::string description;
};

// The server's text, with the err_code that its documentation lists.
[[nodiscard]] std::string describe(const ApiError& error);

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
    // the stream that this one mirrors; a mirror takes no messages
    std::optional<std::string> mirror;
    Copies copies;
    // the server's own JSON, whole: the base of every update. Only where it was asked for
    std::optional<std::string> raw_config;
};

// This user may not ask: the server's -ERR 'Permissions Violation for …'.
struct Denied {
    std::string text;
};
// No answer in time to this request, while others were answered.
struct Silent {};
// The server answers that there is no such stream.
struct Missing {};

// One declared stream, as found.
using StreamState = std::variant<Missing, Stream, ApiError, Denied, Silent>;

// The write probe (canary.hpp): one message of our own.
struct CanaryStored {};
struct CanaryFailed {  // refused, or not acknowledged in time
    std::string text;
};
struct CanaryUnavailable {  // there is no stream for it: nothing was written
    std::string text;
};
using Canary = std::variant<CanaryStored, CanaryFailed, CanaryUnavailable>;

// JetStream does not run for this account.
struct JetStreamDisabled {
    std::optional<std::string> reason;  // the server's text; none: nothing subscribes to its API
};
// JetStream gave no answer in time on a connection that stands. So it is in a cluster that has no
// leader (measured).
struct JetStreamSilent {
    std::string text;
};
struct JetStreamRunning {
    std::vector<StreamState> streams;  // one for each declared stream, in that order
    std::optional<ApiError> error;     // of $JS.API.INFO, asked where no stream can be asked about
};
using JetStreamState = std::variant<JetStreamDisabled, JetStreamSilent, JetStreamRunning>;

// A problem that /healthz names.
struct HealthProblem {
    struct Other {};
    struct Recovering {};  // it ends by itself
    // its cluster has no leader: at the start, and when too few servers are left
    struct Leaderless {};
    // a stream could not be recovered: its files are there and damaged
    struct Damaged {
        std::string stream;
    };
    // a write to a stream failed: it takes no message until the server is restarted, even when the
    // disk has space again (2.15.2, measured)
    struct Stuck {
        std::string stream;
    };
    std::string text;  // the server's
    std::variant<Other, Recovering, Leaderless, Damaged, Stuck> cause;
};

[[nodiscard]] inline bool is_damaged(const HealthProblem& problem) noexcept {
    return std::holds_alternative<HealthProblem::Damaged>(problem.cause);
}

// Nothing can be created while it lasts.
[[nodiscard]] inline bool not_ready(const HealthProblem& problem) noexcept {
    return std::holds_alternative<HealthProblem::Recovering>(problem.cause) ||
           std::holds_alternative<HealthProblem::Leaderless>(problem.cause);
}

// /healthz?details=true. Servers before 2.10 ignore `details` and name the first problem only:
// `complete` is false then.
struct Health {
    int status = 0;  // the HTTP status
    bool complete = true;
    std::vector<HealthProblem> problems;
};

struct Usage {
    std::int64_t used = 0;              // bytes
    std::int64_t reserved = 0;          // bytes that streams have reserved with max_bytes
    std::optional<std::int64_t> limit;  // bytes
};

// Where and with what limits JetStream stores.
struct Storage {
    // the folder of JetStream itself: <store_dir of the configuration>/jetstream
    std::string store_dir;
    Usage file;
    Usage memory;
};

// What is used of /varz.
struct Varz {
    std::string version;
    std::string server_id;
    std::int64_t port = 0;
    std::int64_t clients = 0;          // `connections`: connected now
    std::optional<Storage> jetstream;  // where it is enabled
};

// JetStream of one account on one server, as that server's monitor has it.
struct AccountJetStream {
    std::string account;   // its name, or its public key
    bool enabled = false;  // the server runs JetStream for this account
    // its JetStream is part of a cluster: a leader answers for all of its servers
    bool clustered = false;
    std::optional<std::string> domain;  // of its JetStream
    // requests of the account that this server has answered since it started
    std::int64_t answered = 0;
};

struct MonitorFacts {
    Health health;
    Varz varz;
};

// One look at a server, as gather() brings it and assess() judges it.
struct Facts {
    // on the client port; the error is of the connection, or of the right to ask
    Result<JetStreamState> jetstream;
    // not asked where the client port failed in a way that the monitor cannot explain
    Asked<MonitorFacts> monitor;
    std::optional<Canary> canary;  // where nats.canary asks for it and every stream answered
    VolumeFacts store;             // unset where the store's folder is not visible from here
};

// Where JetStream stores, by the monitor; nullptr: it did not say, or JetStream is not enabled.
[[nodiscard]] inline const Storage* find_storage(const Facts& facts) noexcept {
    const auto* monitor = std::get_if<MonitorFacts>(&facts.monitor);
    return monitor != nullptr && monitor->varz.jetstream ? &*monitor->varz.jetstream : nullptr;
}

}  // namespace arc::nats
