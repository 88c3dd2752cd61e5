// The answers of a nats-server, as plain data. Field names are those of its JSON.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

// An error in an answer of the JetStream API. Known err_codes: 10008 no leader, 10039 and 10076
// JetStream not enabled, 10047 storage and 10028 memory cannot be reserved, 10052 configuration
// invalid, 10058 name in use with another configuration, 10059 not found, 10065 subjects overlap.
struct ApiError {
    std::optional<std::int64_t> err_code;  // none: the answer was not understood
    std::string description;
};

// The server's text, with the err_code that its documentation lists.
[[nodiscard]] inline std::string describe(const ApiError& error) {
    return error.err_code ? fmt::format("{} (err_code {})", error.description, *error.err_code)
                          : error.description;
}

// Whether the error can pass without help: no leader of the cluster, no server with space yet.
[[nodiscard]] inline bool is_temporary(const ApiError& error) noexcept {
    constexpr std::array<std::int64_t, 4> kTemporary{10005, 10008, 10009, 10023};
    return error.err_code && std::ranges::contains(kTemporary, *error.err_code);
}

// Where a stream is in a cluster, by the names of the servers: `cluster` of STREAM.INFO, as the
// stream's leader sees it.
struct Copies {
    // the cluster's leader answers in place of the stream's, and `lost` is unreliable (2.10)
    bool leaderless = false;
    std::vector<std::string> servers;  // that hold a copy
    std::vector<std::string> lost;     // of these, offline or silent for kLost; not if only behind
};

// After this time the server itself reports a copy as not current (2.10 and 2.15, measured).
inline constexpr std::chrono::seconds kLost{10};

// For this time after its start, a member that has no leader yet is starting: elections take 4 to
// 9 s each, and the streams' follow that of the meta group.
inline constexpr std::chrono::seconds kElections{30};

// A field of a stream's configuration that cannot be declared, and is not false, 0 or empty.
struct OtherField {
    std::string name;  // in the server's JSON: "republish"
    std::string value;
};

// The content of a stream: `state` of STREAM.INFO.
struct StreamUse {
    std::int64_t messages = 0;
    std::int64_t bytes = 0;
    std::int64_t consumers = 0;
    std::optional<std::chrono::milliseconds> oldest;  // age of the first message; none: unknown
    // messages of the subject that has the most; asked if each subject has a limit of its own
    std::int64_t largest_subject = 0;
};

// `subject_transform`: messages of the source's subjects are stored as the destination's.
struct Transform {
    std::string source;  // empty: every subject
    std::string destination;
};

// A stream as the server has it. `spec` holds what can be declared.
struct Stream {
    StreamSpec spec;
    std::vector<OtherField> others;
    // of these, what decides whether clients can work
    std::optional<std::string> mirror;  // the stream that this one mirrors
    std::optional<Transform> transform;
    bool discard_new_per_subject = false;
    StreamUse use;
    Copies copies;
    std::optional<std::string> raw_config;  // the server's JSON, with KeepRaw::yes
};

// The user lacks the permission: the server's -ERR 'Permissions Violation for …'.
struct Denied {
    std::string text;
};
// No answer in time to this request, but to others.
struct Silent {};
// The server answers that no such stream exists.
struct Missing {};

// One declared stream, as found.
using StreamState = std::variant<Missing, Stream, ApiError, Denied, Silent>;

// The write probe (canary.hpp): one message of our own.
struct CanaryStored {};
struct CanaryFailed {  // rejected, or not acknowledged in time
    std::string text;
};
struct CanaryUnavailable {  // its stream is not available, and nothing was written
    std::string text;
};
using Canary = std::variant<CanaryStored, CanaryFailed, CanaryUnavailable>;

// Bytes, or a number of objects.
struct Usage {
    std::int64_t used = 0;
    std::int64_t reserved = 0;  // bytes that streams have reserved with max_bytes
    std::optional<std::int64_t> limit;
};

// What an account uses of its limits: $JS.API.INFO. With tiers (JWT), those of a tier count for the
// streams with its number of replicas.
struct AccountUse {
    struct Tier {
        std::int64_t replicas = 0;  // 0: any
        Usage file;
        Usage memory;
        std::optional<std::int64_t> max_consumers;  // of one stream
    };
    std::vector<Tier> tiers;
};
using AccountState = std::variant<AccountUse, ApiError, Denied, Silent>;

// JetStream does not run for this account.
struct JetStreamDisabled {
    std::optional<std::string> reason;   // the server's text; none: its API has no subscriber
    std::optional<std::string> account;  // its name, if the server tells it
};
// JetStream did not answer in time on an open connection: its cluster has no leader (measured).
struct JetStreamSilent {
    std::string text;
};
struct JetStreamRunning {
    std::vector<StreamState> streams;  // one for each declared stream, in that order
    AccountState account = Silent{};
};
using JetStreamState = std::variant<JetStreamDisabled, JetStreamSilent, JetStreamRunning>;

// A problem that /healthz names.
struct HealthProblem {
    struct Other {};
    struct Recovering {};  // it ends by itself
    // its cluster has no leader: at the start, and when too few servers are left
    struct Leaderless {};
    // a stream could not be recovered: its files exist and are damaged
    struct Damaged {
        std::string stream;
    };
    // a write to a stream failed: it accepts no message until the server is restarted, even after
    // the disk has free space again (2.15.2, measured)
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

// The store of JetStream and its limits.
struct Storage {
    // JetStream's own directory: <store_dir of the configuration>/jetstream
    std::string store_dir;
    Usage file;
    Usage memory;
};

// What is used of /varz.
struct Varz {
    std::string version;
    std::string server_id;
    std::int64_t port = 0;
    std::int64_t clients = 0;  // `connections`: connected now
    // `now` less `start`, both by the server's own clock; none: not understood
    std::optional<std::chrono::milliseconds> uptime = std::nullopt;
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

// The result of gather() and the input of assess().
struct Facts {
    // on the client port; the error is of the connection, or a missing permission
    Result<JetStreamState> jetstream;
    // not asked if the client port failed in a way that the monitor cannot explain
    Asked<MonitorFacts> monitor;
    std::optional<Canary> canary;             // with nats.canary, if every stream answered
    VolumeFacts store;                        // unset if the store is on another host
    std::optional<std::int64_t> max_payload;  // of the server, in bytes
};

// nullptr: the monitor did not answer, or JetStream is not enabled.
[[nodiscard]] inline const Storage* find_storage(const Facts& facts) noexcept {
    const auto* monitor = std::get_if<MonitorFacts>(&facts.monitor);
    return monitor != nullptr && monitor->varz.jetstream ? &*monitor->varz.jetstream : nullptr;
}

}  // namespace arc::nats
