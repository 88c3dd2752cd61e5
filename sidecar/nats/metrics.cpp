#include "nats/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "base/json.hpp"
#include "base/json_fields.hpp"
#include "nats/wire.hpp"

namespace arc::nats {
namespace {

using Json = nlohmann::json;
using metrics::Exposition;
using metrics::Labels;
using metrics::Type;

// A number of any kind; 2^63 and more is how the server writes "no limit", which is -1 elsewhere.
double number(const Json& value) {
    constexpr double kNoLimit = 9223372036854775808.0;
    const double result = value.is_number() ? value.get<double>() : 0;
    return result >= kNoLimit ? -1 : result;
}

double field(const Json& object, const char* key) {
    return number(json_at(object, key));
}

// What these are about goes into a label's value, all other texts of /varz are left out.
bool is_information(std::string_view key) {
    constexpr auto known = std::to_array<std::string_view>(
        {"server_id", "server_name", "version", "domain", "leader", "name"});
    return std::ranges::find(known, key) != known.end();
}

bool is_moment(std::string_view key) {
    return key == "start" || key == "config_load_time";
}

// Settings of cluster and gateways that the exporter leaves out, and so do its dashboards.
bool is_skipped(std::string_view name) {
    constexpr auto skipped = std::to_array<std::string_view>(
        {"leaf", "trusted_operators_claim", "cluster_tls_timeout", "cluster_cluster_port",
         "cluster_auth_timeout", "gateway_port", "gateway_auth_timeout", "gateway_tls_timeout",
         "gateway_connect_retries"});
    return std::ranges::find(skipped, name) != skipped.end();
}

// "http_req_stats", "/varz" -> "http_req_stats_varz"; no two underlines in a row, none at an end.
std::string joined(const std::string& prefix, std::string_view key) {
    std::string name;
    for (const char c : metrics::valid_name(prefix.empty() ? std::string(key)
                                                           : fmt::format("{}_{}", prefix, key))) {
        if (c != '_' || (!name.empty() && name.back() != '_')) {
            name += c;
        }
    }
    if (name.ends_with('_')) {
        name.pop_back();
    }
    return name;
}

// Every number of /varz is a gauge named by its path, so a newer server's new numbers come by
// themselves.
void expose_object(const Json& object, const std::string& prefix, const std::string& id,
                   Exposition& exposition) {
    for (const auto& [key, value] : object.items()) {
        const std::string name = joined(prefix, key);
        const std::string full = "gnatsd_varz_" + name;
        const std::string help = fmt::format("{} of /varz", name);
        if (name.empty() || is_skipped(name)) {
            continue;
        }
        if (value.is_object()) {
            expose_object(value, name, id, exposition);
        } else if (value.is_number()) {
            exposition.gauge(full, number(value), help, {{"server_id", id}});
        } else if (value.is_string() && is_moment(key)) {
            const auto time = parse_time(value.get_ref<const std::string&>());
            exposition.gauge(full, time ? std::floor(*time * 1000) : -1,
                             help + ", in milliseconds since 1970", {{"server_id", id}});
        } else if (value.is_string() && is_information(key)) {
            exposition.gauge(full, 1, help + ", in the label",
                             {{"server_id", id}, {"value", value.get<std::string>()}});
        }
    }
}

void expose_connections(const Json& connz, const std::string& id, ConnectionTotals& totals,
                        Exposition& exposition) {
    ConnectionTotals::Connections open;
    double pending = 0;
    double subscriptions = 0;
    for (const Json& each : json_list(connz, "connections")) {
        open[json_number(each, "cid")] = {field(each, "in_msgs"), field(each, "out_msgs"),
                                          field(each, "in_bytes"), field(each, "out_bytes")};
        pending += field(each, "pending_bytes");
        subscriptions += field(each, "subscriptions");
    }
    const Traffic sum = totals.add(json_text(connz, "server_id"), std::move(open));
    const Labels labels{{"server_id", id}};
    const auto add = [&](const char* name, Type type, double value, const char* help) {
        exposition.family(std::string("gnatsd_connz_") + name, type, help).add(value, labels);
    };
    add("num_connections", Type::gauge, field(connz, "num_connections"),
        "connections that /connz lists");
    add("total", Type::gauge, field(connz, "total"), "connections of the server");
    add("offset", Type::gauge, field(connz, "offset"), "where the list of /connz begins");
    add("limit", Type::gauge, field(connz, "limit"), "how many connections /connz lists at most");
    add("pending_bytes", Type::gauge, pending, "bytes that wait for listed connections");
    add("subscriptions", Type::gauge, subscriptions, "subscriptions of listed connections");
    add("in_bytes", Type::counter, sum.in_bytes,
        "bytes from listed connections, the closed ones included");
    add("out_bytes", Type::counter, sum.out_bytes,
        "bytes to listed connections, the closed ones included");
    add("in_msgs", Type::counter, sum.in_msgs,
        "messages from listed connections, the closed ones included");
    add("out_msgs", Type::counter, sum.out_msgs,
        "messages to listed connections, the closed ones included");
}

// The series exist even if the server does not answer: a dashboard then shows "unreachable".
void expose_health(const Result<HttpResponse>& answer, const std::string& id,
                   Exposition& exposition) {
    const Json object = answer ? parse_json(answer->body) : Json{};
    const std::string status = answer ? json_text(object, "status", "unknown") : "unreachable";
    if (answer) {
        exposition.gauge("gnatsd_healthz_status", status == "ok" ? 0 : 1,
                         "0 where /healthz says ok, else 1", {{"server_id", id}});
    }
    exposition.gauge("gnatsd_healthz_status_value", status == "ok" ? 1 : 0,
                     "1 where /healthz says ok; what it says, in the label",
                     {{"server_id", id}, {"value", status}});
}

// The labels of a JetStream series: those of the server, then the account's, the stream's, the
// consumer's.
class JetStream {
public:
    JetStream(const Json& jsz, const std::string& id, Exposition& exposition)
        : exposition_(exposition), name_(id) {
        const Json& meta = json_at(jsz, "meta_cluster");
        const std::string leader = json_text(meta, "leader");
        server_ = {{"server_id", id},
                   {"server_name", id},
                   {"cluster", json_text(meta, "name")},
                   {"domain", json_text(json_at(jsz, "config"), "domain")},
                   {"meta_leader", leader},
                   {"is_meta_leader", meta.is_null() || leader == name_ ? "true" : "false"}};
    }

    void server(const Json& jsz);
    void account(const Json& account);

private:
    void stream(const Json& stream, const Labels& account);
    void consumer(const Json& consumer, const Labels& stream);
    [[nodiscard]] std::pair<std::string, bool> leader_of(const Json& object) const;
    void gauge(const char* name, const char* help, const Labels& labels, double value) const {
        exposition_.gauge(std::string("jetstream_") + name, value, help, labels);
    }

    Exposition& exposition_;
    std::string name_;
    Labels server_;
};

Labels with(Labels labels, std::initializer_list<metrics::Label> more) {
    labels.insert(labels.end(), more.begin(), more.end());
    return labels;
}

void JetStream::server(const Json& jsz) {
    const Json& limits = json_at(jsz, "config");
    gauge("server_jetstream_disabled", "1 where JetStream is off", server_,
          json_flag(jsz, "disabled") ? 1 : 0);
    gauge("server_max_memory", "bytes that streams in memory may take", server_,
          field(limits, "max_memory"));
    gauge("server_max_storage", "bytes that streams on the disk may take", server_,
          field(limits, "max_storage"));
    gauge("server_total_streams", "streams", server_, field(jsz, "streams"));
    gauge("server_total_consumers", "consumers", server_, field(jsz, "consumers"));
    gauge("server_total_messages", "messages in all streams", server_, field(jsz, "messages"));
    gauge("server_total_message_bytes", "bytes in all streams", server_, field(jsz, "bytes"));
}

void JetStream::account(const Json& account) {
    const std::string name = json_text(account, "name");
    const Labels labels =
        with(server_,
             {{"account", name}, {"account_name", name}, {"account_id", json_text(account, "id")}});
    gauge("account_max_memory", "bytes in memory that the account has reserved, -1 without a limit",
          labels, field(account, "reserved_memory"));
    gauge("account_max_storage",
          "bytes on the disk that the account has reserved, -1 without a limit", labels,
          field(account, "reserved_storage"));
    gauge("account_memory_used", "bytes of the account's streams in memory", labels,
          field(account, "memory"));
    gauge("account_storage_used", "bytes of the account's streams on the disk", labels,
          field(account, "storage"));
    for (const Json& each : json_list(account, "stream_detail")) {
        stream(each, labels);
    }
}

std::pair<std::string, bool> JetStream::leader_of(const Json& object) const {
    const Json& cluster = json_at(object, "cluster");
    const std::string leader = json_text(cluster, "leader");
    return {leader, cluster.is_null() || leader == name_};
}

void JetStream::stream(const Json& stream, const Labels& account) {
    const auto [leader, own] = leader_of(stream);
    const Labels labels =
        with(account, {{"stream_name", json_text(stream, "name")},
                       {"stream_leader", leader},
                       {"is_stream_leader", own ? "true" : "false"},
                       {"stream_raft_group", json_text(stream, "stream_raft_group")}});
    if (const Json* state = json_member(stream, "state")) {
        gauge("stream_total_messages", "messages in the stream", labels, field(*state, "messages"));
        gauge("stream_total_bytes", "bytes in the stream", labels, field(*state, "bytes"));
        gauge("stream_first_seq", "sequence of the first message", labels,
              field(*state, "first_seq"));
        gauge("stream_last_seq", "sequence of the last message", labels, field(*state, "last_seq"));
        gauge("stream_consumer_count", "consumers of the stream", labels,
              field(*state, "consumer_count"));
        gauge("stream_subject_count", "subjects that have messages in the stream", labels,
              field(*state, "num_subjects"));
    }
    if (const Json* config = json_member(stream, "config")) {
        gauge("stream_limit_bytes", "max_bytes of the stream, -1 without a limit", labels,
              field(*config, "max_bytes"));
        gauge("stream_limit_messages", "max_msgs of the stream, -1 without a limit", labels,
              field(*config, "max_msgs"));
    }
    for (const Json& each : json_list(stream, "consumer_detail")) {
        consumer(each, labels);
    }
}

void JetStream::consumer(const Json& consumer, const Labels& stream) {
    const auto [leader, own] = leader_of(consumer);
    const Labels labels =
        with(stream, {{"consumer_name", json_text(consumer, "name")},
                      {"consumer_leader", leader},
                      {"is_consumer_leader", own ? "true" : "false"},
                      {"consumer_desc", json_text(json_at(consumer, "config"), "description")}});
    const Json& delivered = json_at(consumer, "delivered");
    const Json& floor = json_at(consumer, "ack_floor");
    gauge("consumer_delivered_consumer_seq", "deliveries so far", labels,
          field(delivered, "consumer_seq"));
    gauge("consumer_delivered_stream_seq", "sequence of the last message delivered", labels,
          field(delivered, "stream_seq"));
    gauge("consumer_ack_floor_consumer_seq", "deliveries acknowledged without a gap", labels,
          field(floor, "consumer_seq"));
    gauge("consumer_ack_floor_stream_seq", "sequence up to which all is acknowledged", labels,
          field(floor, "stream_seq"));
    gauge("consumer_num_ack_pending", "messages delivered and not acknowledged", labels,
          field(consumer, "num_ack_pending"));
    gauge("consumer_num_redelivered", "messages delivered again", labels,
          field(consumer, "num_redelivered"));
    gauge("consumer_num_waiting", "requests of pulling clients that wait", labels,
          field(consumer, "num_waiting"));
    gauge("consumer_num_pending", "messages not delivered yet", labels,
          field(consumer, "num_pending"));
}

void expose_jetstream(const Json& jsz, const std::string& id, Exposition& exposition) {
    JetStream series{jsz, id, exposition};
    series.server(jsz);
    for (const Json& account : json_list(jsz, "account_details")) {
        series.account(account);
    }
}

// What expose_jetstream() reads of /jsz: of ten thousand streams the rest would take a hundred
// megabytes.
constexpr auto kJetStreamMembers = std::to_array<std::string_view>(
    {"server_id", "disabled", "config", "meta_cluster", "leader", "name", "domain", "max_memory",
     "max_storage", "streams", "consumers", "messages", "bytes",
     // of an account
     "account_details", "id", "reserved_memory", "reserved_storage", "memory", "storage",
     // of a stream
     "stream_detail", "cluster", "stream_raft_group", "state", "first_seq", "last_seq",
     "consumer_count", "num_subjects", "max_bytes", "max_msgs",
     // of a consumer
     "consumer_detail", "description", "delivered", "ack_floor", "consumer_seq", "stream_seq",
     "num_ack_pending", "num_redelivered", "num_waiting", "num_pending"});

// The object in an answer, or nothing, and then the reason among `unread`.
std::optional<Json> object_of(const char* path, const Result<HttpResponse>& answer,
                              std::vector<std::string>& unread,
                              std::span<const std::string_view> members = {}) {
    if (!answer) {
        unread.push_back(fmt::format("{}: {}", path, answer.error().text));
        return std::nullopt;
    }
    Json object;
    if (answer->status == 200) {
        object = members.empty() ? parse_json(answer->body) : parse_json(answer->body, members);
    }
    if (!object.is_object() || json_text(object, "server_id").empty()) {
        unread.push_back(fmt::format("{}: HTTP {}, not what a nats-server's monitor answers", path,
                                     answer->status));
        return std::nullopt;
    }
    return object;
}

// It answers and is past its start: recovering streams is part of that.
bool started(const Result<HttpResponse>& healthz) {
    const auto health = healthz ? parse_healthz(healthz->status, healthz->body)
                                : Result<Health>{fail(ErrorKind::protocol, "")};
    return health && std::ranges::none_of(health->problems, not_ready);
}

void accumulate(Traffic& sum, const Traffic& part) {
    sum.in_msgs += part.in_msgs;
    sum.out_msgs += part.out_msgs;
    sum.in_bytes += part.in_bytes;
    sum.out_bytes += part.out_bytes;
}

class MonitorSource final : public metrics::Source {
public:
    explicit MonitorSource(const Config& config)
        : http_(*config_of(config).monitor_url,
                {.bearer = {}, .max_body = kMaxJson, .tls = tls_of(config_of(config))}) {}

    metrics::Scrape scrape(Exposition& exposition, Deadline deadline) override {
        auto varz = http_.get("/varz", deadline);
        // If /varz gets no answer, the other requests would not get one within the deadline.
        const auto ask = [&](const char* path) {
            return varz ? http_.get(path, deadline) : std::unexpected(varz.error());
        };
        auto healthz = ask("/healthz");
        auto connz = ask("/connz");
        auto jsz = ask("/jsz?consumers=true&config=true&raft=true");
        return expose({std::move(varz), std::move(connz), std::move(jsz), std::move(healthz)},
                      memory_, exposition);
    }

private:
    HttpClient http_;
    MetricsMemory memory_;
};

}  // namespace

Traffic ConnectionTotals::add(const std::string& run, Connections open) {
    if (run != run_) {
        run_ = run;
        open_.clear();
        closed_ = {};
    }
    for (const auto& [id, traffic] : open_) {
        if (!open.contains(id)) {
            accumulate(closed_, traffic);
        }
    }
    open_ = std::move(open);
    Traffic sum = closed_;
    for (const auto& [id, traffic] : open_) {
        accumulate(sum, traffic);
    }
    return sum;
}

metrics::Scrape expose(const MonitorAnswers& answers, MetricsMemory& memory,
                       metrics::Exposition& exposition) {
    metrics::Scrape scrape;
    const auto varz = object_of("/varz", answers.varz, scrape.unread);
    if (varz) {
        memory.name = json_text(*varz, "server_name", json_text(*varz, "server_id").c_str());
        scrape.start_time = parse_time(json_text(*varz, "start"));
        expose_object(*varz, "", memory.name, exposition);
    }
    expose_health(answers.healthz, memory.name, exposition);
    if (!varz) {
        return scrape;  // the other answers have no name without it
    }
    const auto connz = object_of("/connz", answers.connz, scrape.unread);
    const auto jsz = object_of("/jsz", answers.jsz, scrape.unread, kJetStreamMembers);
    if (connz) {
        expose_connections(*connz, memory.name, memory.totals, exposition);
    }
    if (jsz) {
        expose_jetstream(*jsz, memory.name, exposition);
    }
    scrape.up = connz && jsz && started(answers.healthz);
    return scrape;
}

std::unique_ptr<metrics::Source> metrics_source(const Config& config) {
    return std::make_unique<MonitorSource>(config);
}

}  // namespace arc::nats
