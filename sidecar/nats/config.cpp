#include "nats/config.hpp"

#include <algorithm>
#include <array>

#include "config/object_table.hpp"
#include "nats/subject.hpp"

namespace arc::nats {
namespace {

using std::chrono::hours;

constexpr auto kKeys = joined(
    std::array{Key{.name = "url",
                   .access = setting_at<&NatsConfig::url>,
                   .help = "client port; tls:// requires TLS",
                   .use = kConnection,
                   .scheme = "nats|tls"},
               Key{.name = "monitor_url",
                   .access = setting_at<&NatsConfig::monitor_url>,
                   .help = "monitoring port; the path is the server's http_base_path",
                   .use = kConnection,
                   .scheme = "http|https",
                   .allows_path = true},
               Key{.name = "user",
                   .access = setting_at<&NatsConfig::user>,
                   .help = "user name",
                   .use = kConnection},
               Key{.name = "password",
                   .access = setting_at<&NatsConfig::password>,
                   .help = "password of nats.user",
                   .use = kConnection},
               Key{.name = "token",
                   .access = setting_at<&NatsConfig::token>,
                   .help = "token, instead of user and password",
                   .use = kConnection},
               Key{.name = "nkey",
                   .access = setting_at<&NatsConfig::nkey>,
                   .help = "the user's nkey seed (SU…)",
                   .use = kConnection},
               Key{.name = "creds",
                   .access = setting_at<&NatsConfig::creds>,
                   .help = "content of a credentials file (JWT and seed)",
                   .use = kConnection}},
    tls_keys<&NatsConfig::tls>(),
    std::array{
        Key{.name = "tls_first",
            .access = setting_at<&NatsConfig::tls_first>,
            .help = "TLS handshake before the server's INFO (handshake_first)",
            .use = kConnection},
        Key{.name = "data_dir",
            .access = setting_at<&NatsConfig::data_dir>,
            .help = "volume that must hold JetStream's store; preflight and `check` verify it",
            .use = declaration("nats.store.outside", "nats.store.unverified")},
        Key{.name = "min_free",
            .access = setting_at<&NatsConfig::min_free>,
            .help = "free space of the store's disk below which the verdict is degraded",
            .use = declaration("nats.disk.full", "nats.store.unverified")},
        Key{.name = "canary",
            .access = setting_at<&NatsConfig::canary>,
            .help = "each check stores a message in the sidecar's own stream",
            .use = declaration("nats.canary.failed", "nats.canary.unavailable")}});

using S = StreamSpec;
using Field = ObjectField<StreamSpec>;
using Risk = std::string_view;

constexpr char kOlder[] = "older messages would be deleted at once";
constexpr char kLarger[] = "larger messages would be refused";
constexpr char kRetention[] = "another retention deletes stored messages";
constexpr char kDiscard[] = "at the limit it decides whether old or new messages are lost";
constexpr char kCompression[] = "stored blocks stay as they are; decide it by hand";
constexpr char kReplicas[] = "fewer copies, or more than the servers can hold";
constexpr char kWindow[] = "messages may be taken twice, or be dropped as duplicates";
constexpr char kDeleted[] = "messages beyond it would be deleted at once";
constexpr char kForEver[] = "once on it can never be taken back";

// The same risk for every change.
template <const char* Text>
Risk always(const S& /*actual*/, const S& /*wanted*/) {
    return Text;
}

// A raised limit keeps all messages.
template <class T>
bool raised(const std::optional<T>& actual, const std::optional<T>& wanted) {
    return !wanted || (actual && *wanted > *actual);
}

template <auto Member, const char* Text>
Risk lowered(const S& actual, const S& wanted) {
    return raised(actual.*Member, wanted.*Member) ? Risk{} : Risk{Text};
}

Risk risk_of_subjects(const S& actual, const S& wanted) {
    const bool only_added = std::ranges::all_of(actual.subjects, [&](const std::string& subject) {
        return std::ranges::contains(wanted.subjects, subject);
    });
    return only_added ? "" : "messages of a subject that is taken away would no longer be stored";
}

Risk risk_of_direct(const S& /*actual*/, const S& wanted) {
    return wanted.allow_direct ? "" : "clients that read directly would be refused";
}

Risk risk_of_rollup(const S& /*actual*/, const S& wanted) {
    return wanted.allow_rollup ? "a message could then delete all before it"
                               : "clients that roll up would be refused";
}

// A row a field; the server's JSON is that of io.nats.jetstream.api.v1.stream_configuration.
constexpr std::array kStream{
    Field{.name = "name",
          .member = &S::name,
          .help = "the stream's name",
          .json = "name",
          .compared = false},
    Field{.name = "subjects",
          .member = &S::subjects,
          .help = "subjects that it stores; none: its own name",
          .json = "subjects",
          .risk = &risk_of_subjects},
    Field{.name = "retention",
          .member = &S::retention,
          .help = "when a message is deleted: at the limits, when no consumer is interested in it, "
                  "or when a consumer has acknowledged it",
          .choices = "limits|interest|workqueue",
          .json = "retention",
          .risk = &always<kRetention>},
    Field{.name = "storage",
          .member = &S::storage,
          .help = "where messages are stored",
          .choices = "file|memory",
          .json = "storage"},
    Field{.name = "discard",
          .member = &S::discard,
          .help = "messages that are lost at a limit: the oldest, or new ones",
          .choices = "old|new",
          .json = "discard",
          .risk = &always<kDiscard>},
    // Servers before 2.10 have none, and strict ones refuse a field that they do not know.
    Field{.name = "compression",
          .member = &S::compression,
          .help = "compression of stored blocks",
          .choices = "none|s2",
          .json = "compression",
          .absent = "none",
          .optional = true,
          .risk = &always<kCompression>},
    Field{.name = "replicas",
          .member = &S::replicas,
          .help = "number of copies in a cluster, 1 to 5",
          .json = "num_replicas",
          .risk = &always<kReplicas>},
    Field{.name = "max_age",
          .member = &S::max_age,
          .help = "age at which a message is deleted; 0: never",
          .json = "max_age",
          .risk = &lowered<&S::max_age, kOlder>},
    Field{.name = "duplicate_window",
          .member = &S::duplicate_window,
          .help = "time for which the server detects duplicates by message id; 0: the server's "
                  "default, at most max_age",
          .json = "duplicate_window",
          .risk = &always<kWindow>},
    Field{.name = "max_msgs",
          .member = &S::max_msgs,
          .help = "maximum number of messages",
          .json = "max_msgs",
          .risk = &lowered<&S::max_msgs, kDeleted>},
    Field{.name = "max_bytes",
          .member = &S::max_bytes,
          .help = "maximum size of all messages",
          .unit = Unit::bytes,
          .json = "max_bytes",
          .risk = &lowered<&S::max_bytes, kDeleted>},
    Field{.name = "max_msg_size",
          .member = &S::max_msg_size,
          .help = "maximum size of a message",
          .unit = Unit::bytes,
          .json = "max_msg_size",
          .risk = &lowered<&S::max_msg_size, kLarger>},
    Field{.name = "max_msgs_per_subject",
          .member = &S::max_msgs_per_subject,
          .help = "maximum number of messages of one subject",
          .json = "max_msgs_per_subject",
          .risk = &lowered<&S::max_msgs_per_subject, kDeleted>},
    Field{.name = "max_consumers",
          .member = &S::max_consumers,
          .help = "maximum number of consumers",
          .json = "max_consumers"},
    Field{.name = "allow_direct",
          .member = &S::allow_direct,
          .help = "any replica may answer a direct read",
          .json = "allow_direct",
          .risk = &risk_of_direct},
    Field{.name = "deny_delete",
          .member = &S::deny_delete,
          .help = "no client can delete a message",
          .json = "deny_delete",
          .risk = &always<kForEver>},
    Field{.name = "deny_purge",
          .member = &S::deny_purge,
          .help = "no client can purge the stream",
          .json = "deny_purge",
          .risk = &always<kForEver>},
    Field{.name = "allow_rollup",
          .member = &S::allow_rollup,
          .help = "a message can replace all messages before it",
          .json = "allow_rollup_hdrs",
          .risk = &risk_of_rollup},
    Field{.name = "description",
          .member = &S::description,
          .help = "free text",
          .json = "description",
          .optional = true}};

constexpr ObjectTable<NatsConfig, StreamSpec> kStreams{
    "stream",
    "a stream that must exist",
    declaration("nats.stream.drift", "nats.permission.denied"),
    kStream,
    &NatsConfig::streams,
    [](const StreamSpec& spec) {
        return valid_stream_name(spec.name)
                   ? std::nullopt
                   : std::optional<std::string>{"no spaces, dots, wildcards or slashes"};
    }};

constexpr std::array<const ObjectKind*, 1> kObjects{&kStreams};

StreamSpec usual_stream(std::string name, TextList subjects, hours max_age) {
    StreamSpec spec;
    spec.name = std::move(name);
    spec.subjects = std::move(subjects);
    spec.max_age = max_age;
    return spec;
}

// The streams that the platform's agents expect.
std::any defaults() {
    NatsConfig config;
    config.streams = {
        usual_stream("AGENT_COMMANDS", {"agent.*.cmd"}, hours{24}),
        usual_stream("AGENT_EVENTS", {"agent.*.event", "agent.*.status"}, hours{168}),
        usual_stream("SYSTEM_METRICS", {"metrics.>"}, hours{6}),
    };
    config.streams[1].retention = "interest";
    return config;
}

}  // namespace

constinit const Section kSection{
    .name = "nats", .settings = kKeys, .objects = kObjects, .defaults = &defaults};

std::span<const ObjectField<StreamSpec>> stream_fields() noexcept {
    return kStream;
}

TlsOptions tls_of(const NatsConfig& config) {
    return tls_options(config.tls, "ARC_NATS_");
}

TlsOptions monitor_tls(const NatsConfig& config) {
    TlsOptions options = tls_of(config);
    options.url = "MONITOR_URL";
    return options;
}

const NatsConfig& config_of(const Config& config) {
    return config.section<NatsConfig>();
}

NatsConfig& config_of(Config& config) {
    return config.section<NatsConfig>();
}

}  // namespace arc::nats
