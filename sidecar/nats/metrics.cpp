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
#include "nats/client.hpp"
#include "nats/greeting.hpp"
#include "nats/wire.hpp"
#include "net/resolve.hpp"
#include "net/url.hpp"

namespace arc::nats {
namespace {

using Json = nlohmann::json;
using metrics::Exposition;
using metrics::Labels;
using metrics::Type;

// A number of any kind; 2^63 and more is how the server writes "no limit", which is -1 in others.
double number(const Json& value) {
    constexpr double kNoLimit = 9223372036854775808.0;
    const double result = value.is_number() ? value.get<double>() : 0;
    return result >= kNoLimit ? -1 : result;
}

double field(const Json& object, const char* key) {
    const Json& value = json_at(object, key);
    return value == Json(true) ? 1 : number(value);
}

// Bytes of /jsz. 10,000 streams and 20,000 consumers have 40 MiB.
constexpr std::size_t kMostJetStream = std::size_t{128} * 1024 * 1024;

// A JSON text in which each item of the lists at one key is replaced by its number.
struct Parts {
    std::string rest;
    std::vector<std::string_view> items;
};

// Reads one value at the start of `text` without parsing it: its length. Of a text that is not JSON
// it is any length.
std::size_t length_of_value(std::string_view text) {
    std::size_t depth = 0;
    for (std::size_t at = find_mark(text, 0); at < text.size(); at = find_mark(text, at + 1)) {
        const char mark = text[at];
        if (mark == '{' || mark == '[') {
            ++depth;
        } else if (depth == 0) {
            return at;
        } else if (mark != ',') {
            --depth;
        }
    }
    return text.size();
}

// The lists at `key`, wherever they are. A text that has the key in quotes as a value, too, is no
// answer of a nats-server: `"name":"stream_detail"` does not end with a bracket.
Parts split(std::string_view text, std::string_view key) {
    Parts parts;
    std::size_t copied = 0;
    const std::string mark = fmt::format("\"{}\"", key);
    for (std::size_t at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at)) {
        at += mark.size();
        const std::size_t open = text.find_first_not_of(" \t\r\n:", at);
        if (open == std::string_view::npos || text[open] != '[') {
            continue;
        }
        parts.rest += text.substr(copied, open + 1 - copied);
        at = open + 1;
        while (at < text.size()) {
            const std::size_t length = length_of_value(text.substr(at));
            const std::string_view item = text.substr(at, length);
            at += length;
            if (item.find_first_not_of(" \t\r\n") != std::string_view::npos) {
                parts.rest +=
                    fmt::format("{}{}", parts.rest.ends_with('[') ? "" : ",", parts.items.size());
                parts.items.push_back(item);
            }
            if (at >= text.size() || text[at] != ',') {
                break;
            }
            ++at;
        }
        copied = at;
    }
    parts.rest += text.substr(std::min(copied, text.size()));
    return parts;
}

std::string_view part(std::span<const std::string_view> items, const Json& number) {
    const auto index = number.is_number_unsigned() ? number.get<std::size_t>() : items.size();
    return index < items.size() ? items[index] : std::string_view{};
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

struct ConnectionSeries {
    const char* name;
    metrics::Type type;
    const char* help;
};

constexpr auto kConnectionFields = std::to_array<ConnectionSeries>(
    {{"num_connections", Type::gauge, "connections that /connz lists"},
     {"total", Type::gauge, "connections of the server"},
     {"offset", Type::gauge, "number of connections before the list of /connz"},
     {"limit", Type::gauge, "maximum number of connections in /connz"}});
constexpr auto kConnectionSums = std::to_array<ConnectionSeries>(
    {{"pending_bytes", Type::gauge, "bytes that wait for listed connections"},
     {"subscriptions", Type::gauge, "subscriptions of listed connections"},
     {"in_bytes", Type::counter, "bytes from listed connections, including closed ones"},
     {"out_bytes", Type::counter, "bytes to listed connections, including closed ones"},
     {"in_msgs", Type::counter, "messages from listed connections, including closed ones"},
     {"out_msgs", Type::counter, "messages to listed connections, including closed ones"}});

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
    const std::array sums{pending,       subscriptions, sum.in_bytes,
                          sum.out_bytes, sum.in_msgs,   sum.out_msgs};
    const auto add = [&](const ConnectionSeries& row, double value) {
        exposition.family(fmt::format("gnatsd_connz_{}", row.name), row.type, row.help)
            .add(value, {{"server_id", id}});
    };
    for (const ConnectionSeries& row : kConnectionFields) {
        add(row, field(connz, row.name));
    }
    for (std::size_t i = 0; i < sums.size(); ++i) {
        add(kConnectionSums[i], sums[i]);
    }
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

// A series of an object of /jsz: the number at `object`.`field`, or at `field` without an `object`.
struct Series {
    const char* name;
    const char* object;
    const char* field;
    const char* help;
};

constexpr auto kServerSeries = std::to_array<Series>(
    {{"server_jetstream_disabled", nullptr, "disabled", "1 if JetStream is off"},
     {"server_max_memory", "config", "max_memory", "limit of streams in memory, in bytes"},
     {"server_max_storage", "config", "max_storage", "limit of streams on the disk, in bytes"},
     {"server_total_streams", nullptr, "streams", "streams"},
     {"server_total_consumers", nullptr, "consumers", "consumers"},
     {"server_total_messages", nullptr, "messages", "messages in all streams"},
     {"server_total_message_bytes", nullptr, "bytes", "bytes in all streams"}});
constexpr auto kAccountSeries = std::to_array<Series>(
    {{"account_max_memory", nullptr, "reserved_memory",
      "bytes in memory that the account has reserved, -1 without a limit"},
     {"account_max_storage", nullptr, "reserved_storage",
      "bytes on the disk that the account has reserved, -1 without a limit"},
     {"account_memory_used", nullptr, "memory", "bytes of the account's streams in memory"},
     {"account_storage_used", nullptr, "storage", "bytes of the account's streams on the disk"}});
constexpr auto kStreamSeries = std::to_array<Series>(
    {{"stream_total_messages", "state", "messages", "messages in the stream"},
     {"stream_total_bytes", "state", "bytes", "bytes in the stream"},
     {"stream_first_seq", "state", "first_seq", "sequence of the first message"},
     {"stream_last_seq", "state", "last_seq", "sequence of the last message"},
     {"stream_consumer_count", "state", "consumer_count", "consumers of the stream"},
     {"stream_subject_count", "state", "num_subjects", "subjects that have messages"},
     {"stream_limit_bytes", "config", "max_bytes", "max_bytes, -1 without a limit"},
     {"stream_limit_messages", "config", "max_msgs", "max_msgs, -1 without a limit"}});
constexpr auto kConsumerSeries = std::to_array<Series>(
    {{"consumer_delivered_consumer_seq", "delivered", "consumer_seq", "deliveries so far"},
     {"consumer_delivered_stream_seq", "delivered", "stream_seq",
      "sequence of the last message delivered"},
     {"consumer_ack_floor_consumer_seq", "ack_floor", "consumer_seq",
      "deliveries acknowledged without a gap"},
     {"consumer_ack_floor_stream_seq", "ack_floor", "stream_seq",
      "sequence up to which all is acknowledged"},
     {"consumer_num_ack_pending", nullptr, "num_ack_pending",
      "messages delivered and not acknowledged"},
     {"consumer_num_redelivered", nullptr, "num_redelivered", "messages delivered again"},
     {"consumer_num_waiting", nullptr, "num_waiting", "waiting pull requests"},
     {"consumer_num_pending", nullptr, "num_pending", "messages not delivered yet"}});

Labels with(Labels labels, std::initializer_list<metrics::Label> more) {
    labels.insert(labels.end(), more.begin(), more.end());
    return labels;
}

const char* truth(bool value) {
    return value ? "true" : "false";
}

// Exposes /jsz, which has 1 KB for each stream and consumer: one of them is parsed at a time.
class JetStream {
public:
    JetStream(const ServerName& name, Exposition& exposition)
        : name_(name), exposition_(exposition) {}

    void server(const Json& jsz, std::span<const std::string_view> streams) const {
        const Json& meta = json_at(jsz, "meta_cluster");
        const auto [leader, own] = leader_of(meta);
        const Labels labels{{"server_id", name_.label},
                            {"server_name", name_.label},
                            {"cluster", json_text(meta, "name")},
                            {"domain", json_text(json_at(jsz, "config"), "domain")},
                            {"meta_leader", leader},
                            {"is_meta_leader", truth(own)}};
        add(kServerSeries, jsz, labels);
        for (const Json& each : json_list(jsz, "account_details")) {
            account(each, labels, streams);
        }
    }

private:
    void add(std::span<const Series> table, const Json& object, const Labels& labels) const {
        const metrics::LabelText text(labels);
        for (const Series& row : table) {
            const Json* holder = row.object == nullptr ? &object : json_member(object, row.object);
            if (holder != nullptr) {
                exposition_.family(fmt::format("jetstream_{}", row.name), Type::gauge, row.help)
                    .add(field(*holder, row.field), text);
            }
        }
    }

    // The label of the leader, and whether it is this server. Without a cluster it is.
    [[nodiscard]] std::pair<std::string, bool> leader_of(const Json& cluster) const {
        const std::string leader = json_text(cluster, "leader");
        const bool own = leader == name_.own;
        return {own ? name_.label : leader, own || cluster.is_null()};
    }

    void account(const Json& account, const Labels& server,
                 std::span<const std::string_view> streams) const {
        const std::string name = json_text(account, "name");
        const Labels labels = with(
            server,
            {{"account", name}, {"account_name", name}, {"account_id", json_text(account, "id")}});
        add(kAccountSeries, account, labels);
        for (const Json& number : json_list(account, "stream_detail")) {
            stream(part(streams, number), labels);
        }
    }

    void stream(std::string_view text, const Labels& account) const {
        const Parts parts = split(text, "consumer_detail");
        const Json stream = parse_json(parts.rest);
        const auto [leader, own] = leader_of(json_at(stream, "cluster"));
        const Labels labels =
            with(account, {{"stream_name", json_text(stream, "name")},
                           {"stream_leader", leader},
                           {"is_stream_leader", truth(own)},
                           {"stream_raft_group", json_text(stream, "stream_raft_group")}});
        add(kStreamSeries, stream, labels);
        for (const std::string_view each : parts.items) {
            consumer(parse_json(each), labels);
        }
    }

    void consumer(const Json& consumer, const Labels& stream) const {
        const auto [leader, own] = leader_of(json_at(consumer, "cluster"));
        add(kConsumerSeries, consumer,
            with(stream,
                 {{"consumer_name", json_text(consumer, "name")},
                  {"consumer_leader", leader},
                  {"is_consumer_leader", truth(own)},
                  {"consumer_desc", json_text(json_at(consumer, "config"), "description")}}));
    }

    const ServerName& name_;
    Exposition& exposition_;
};

// The answer as an object. nullopt: it is not one, and `unread` has the reason.
std::optional<Json> object_of(const char* path, const Result<HttpResponse>& answer,
                              std::string_view text, std::vector<std::string>& unread) {
    if (!answer) {
        unread.push_back(fmt::format("{}: {}", path, answer.error().text));
        return std::nullopt;
    }
    Json object = answer->status == 200 ? parse_json(text) : Json{};
    if (!object.is_object() || json_text(object, "server_id").empty()) {
        unread.push_back(fmt::format("{}: HTTP {}, not the answer of a nats-server's monitor", path,
                                     answer->status));
        return std::nullopt;
    }
    return object;
}

std::string_view body_of(const Result<HttpResponse>& answer) {
    return answer ? std::string_view(answer->body) : std::string_view{};
}

void expose_jetstream(const Result<HttpResponse>& answer, const ServerName& name,
                      Exposition& exposition, std::vector<std::string>& unread) {
    const Parts parts = split(body_of(answer), "stream_detail");
    if (const auto jsz = object_of("/jsz", answer, parts.rest, unread)) {
        JetStream(name, exposition).server(*jsz, parts.items);
    }
}

// While it recovers its streams, it has not started.
bool is_starting(const Result<HttpResponse>& healthz) {
    const auto health = healthz ? parse_healthz(healthz->status, healthz->body)
                                : Result<Health>{fail(ErrorKind::protocol, "")};
    return health && std::ranges::any_of(health->problems, not_ready);
}

void accumulate(Traffic& sum, const Traffic& part) {
    sum.in_msgs += part.in_msgs;
    sum.out_msgs += part.out_msgs;
    sum.in_bytes += part.in_bytes;
    sum.out_bytes += part.out_bytes;
}

// The server that listens on the client port, by its own greeting.
Result<std::string> client_port_id(const NatsConfig& config, Deadline deadline) {
    if (*config.tls_first) {
        return Client::connect(config, deadline).transform([](const Client& client) {
            return client.server_id();
        });
    }
    return reachable_address(config.url->host, config.url->port, deadline)
        .and_then([&](const std::string& address) {
            return read_server_id(address, config.url->port, deadline);
        });
}

class MonitorSource final : public metrics::Source {
public:
    explicit MonitorSource(const Config& config)
        : config_(config_of(config)),
          http_(*config_.monitor_url,
                {.bearer = {}, .max_body = kMostJetStream, .tls = monitor_tls(config_)}) {
        memory_.address = host_and_port(config_.monitor_url->host, config_.monitor_url->port);
    }

    metrics::Scrape scrape(Exposition& exposition, Deadline deadline) override {
        auto varz = own(http_.get("/varz", deadline), deadline);
        // If /varz gets no answer, the other requests would not get one within the deadline.
        const auto ask = [&](const char* path) {
            return varz ? http_.get(path, deadline) : std::unexpected(varz.error());
        };
        auto healthz = ask("/healthz");
        auto connz = ask("/connz");
        auto jsz = ask("/jsz?consumers=true&config=true&raft=true");
        auto scrape =
            expose({std::move(varz), std::move(connz), std::move(jsz), std::move(healthz)}, memory_,
                   exposition);
        scrape.up = scrape.up || client_port_answers_;
        return scrape;
    }

private:
    // The answer of /varz, or an error if it is of another server than the client port. A server is
    // compared once: its id is a new one at each start.
    Result<HttpResponse> own(Result<HttpResponse> varz, Deadline deadline) {
        client_port_answers_ = false;
        const std::string id =
            varz ? json_text(parse_json(varz->body), "server_id") : std::string{};
        if (!id.empty() && id == verified_) {
            return varz;
        }
        const auto greeting = client_port_id(config_, deadline.capped(deadline.remaining() / 4));
        if (!varz || (greeting && *greeting != id)) {
            client_port_answers_ = greeting.has_value();
            return !varz ? std::move(varz)
                         : fail(ErrorKind::protocol,
                                fmt::format("the monitor at {} belongs to another server than the "
                                            "client port",
                                            memory_.address));
        }
        verified_ = greeting ? id : std::string{};
        return varz;
    }

    const NatsConfig& config_;
    HttpClient http_;
    MetricsMemory memory_;
    std::string verified_;
    bool client_port_answers_ = false;  // although the monitor cannot be used
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
    const auto varz = object_of("/varz", answers.varz, body_of(answers.varz), scrape.unread);
    if (varz) {
        const std::string id = json_text(*varz, "server_id");
        memory.name.own = json_text(*varz, "server_name", id.c_str());
        memory.name.label = memory.name.own == id ? memory.address : memory.name.own;
        scrape.start_time = parse_time(json_text(*varz, "start"));
        expose_object(*varz, "", memory.name.label, exposition);
    }
    expose_health(answers.healthz, memory.name.label, exposition);
    if (!varz) {
        return scrape;  // the other answers have no name without it
    }
    if (const auto connz =
            object_of("/connz", answers.connz, body_of(answers.connz), scrape.unread)) {
        expose_connections(*connz, memory.name.label, memory.totals, exposition);
    }
    expose_jetstream(answers.jsz, memory.name, exposition, scrape.unread);
    scrape.up = !is_starting(answers.healthz);
    return scrape;
}

std::unique_ptr<metrics::Source> metrics_source(const Config& config) {
    return std::make_unique<MonitorSource>(config);
}

}  // namespace arc::nats
