#include "pulsar/client.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "config/object_json.hpp"
#include "net/tcp.hpp"
#include "net/tls.hpp"
#include "pulsar/names.hpp"

namespace arc::pulsar {
namespace {

constexpr const char* kSettings = "ARC_PULSAR_";

constexpr int kOk = 200;
constexpr int kNoContent = 204;
constexpr int kRedirect = 307;
constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kPrecondition = 412;
constexpr int kServerError = 500;

constexpr int kMaxHops = 3;  // redirects of one request

// The use of a topic has about 500 bytes for each producer and each consumer.
constexpr std::size_t kMaxBody = std::size_t{16} * 1024 * 1024;

std::string tenant_path(std::string_view name) {
    return "/admin/v2/tenants/" + path_of(name);
}

std::string namespaces_path(std::string_view name) {
    return "/admin/v2/namespaces/" + path_of(name);
}

std::string topic_path(std::string_view name) {
    return "/admin/v2/persistent/" + path_of(name);
}

bool is_success(int status) {
    return status >= 200 && status < 300;
}

ErrorKind kind_of(int status) {
    switch (status) {
        case kUnauthorized:
            return ErrorKind::auth;
        case kForbidden:
            return ErrorKind::permission;
        default:
            return status >= kServerError || status == kPrecondition ? ErrorKind::rejected
                                                                     : ErrorKind::protocol;
    }
}

std::string_view without_query(std::string_view path) {
    return path.substr(0, path.find('?'));
}

Error refusal(const std::string& path, const HttpResponse& response) {
    const std::string reason = parse_reason(response.body);
    return {kind_of(response.status),
            fmt::format("{} answered {}{}{}", without_query(path), response.status,
                        reason.empty() ? "" : ": ", reason)};
}

// Parses a body, if the object exists.
template <class T>
Result<std::optional<T>> parse_if_found(const Result<std::optional<std::string>>& body,
                                        Result<T> (*parse)(std::string_view)) {
    return body.and_then([&](const std::optional<std::string>& found) {
        return found ? parse(*found).transform(
                           [](T value) { return std::optional{std::move(value)}; })
                     : Result<std::optional<T>>{};
    });
}

std::string text_of(const nlohmann::json& body) {
    return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<WriteAnswer> written(const std::string& path, const Result<HttpResponse>& response) {
    if (!response) {
        return std::unexpected(response.error());
    }
    if (response->status == kUnauthorized || response->status == kForbidden) {
        return std::unexpected(refusal(path, *response));
    }
    return WriteAnswer{response->status,
                       is_success(response->status) ? std::string{} : parse_reason(response->body)};
}

TlsOptions admin_tls(const PulsarConfig& config) {
    TlsOptions options = tls_options(config.tls, kSettings);
    options.url = "ADMIN_URL";
    return options;
}

// CONNECT of the binary protocol, with the field client_version alone. Two sizes precede each
// command: that of all that follows, and that of the command.
// https://pulsar.apache.org/docs/next/developing-binary-protocol/#connection-establishment
constexpr std::string_view kConnect{
    "\0\0\0\x0d\0\0\0\x09\x08\x02\x12\x05\x0a\x03"
    "arc",
    17};

// A command without a payload, which begins with its type.
bool speaks_pulsar(std::string_view first) {
    constexpr std::size_t kSizes = 8;
    return first.size() > kSizes && first.starts_with(std::string_view{"\0\0", 2}) &&
           first.substr(4, 2) == std::string_view{"\0\0", 2} && first[kSizes] == '\x08';
}

}  // namespace

constinit const Protocol kProtocol{
    .name = "Pulsar", .question = kConnect, .speaks = &speaks_pulsar};

Result<void> try_binary_port(const PulsarConfig& config, Deadline deadline) {
    const Url& url = *config.url;
    return connect_host(url.host, url.port, deadline).and_then([&](Fd&& socket) -> Result<void> {
        if (url.scheme != "pulsar+ssl") {
            return {};
        }
        Channel channel{std::move(socket)};
        return channel
            .start_tls(tls_options(config.tls, kSettings), url.host,
                       host_and_port(url.host, url.port), first_answer_by(deadline))
            .transform_error([&](Error error) {
                const Attempt attempt =
                    attempt_of(url, kProtocol.name, "pulsar", "pulsar+ssl", "ARC_PULSAR_URL");
                return explain_failure(std::move(error), attempt, deadline);
            });
    });
}

AdminClient::AdminClient(const PulsarConfig& config)
    : where_(host_and_port(config.admin_url->host, config.admin_url->port)),
      secure_(config.admin_url->scheme == "https"),
      options_{.bearer = config.token->reveal(), .max_body = kMaxBody, .tls = admin_tls(config)},
      http_(*config.admin_url, options_) {}

// The text of a timeout has the time of this request, not the budget of the whole command.
Result<HttpResponse> AdminClient::send(HttpClient& http, Method method, const std::string& path,
                                       std::string_view body, Deadline deadline) {
    const auto start = Deadline::Clock::now();
    auto response = method == Method::get   ? http.get(path, deadline)
                    : method == Method::put ? http.put_json(path, body, deadline)
                                            : http.post_json(path, body, deadline);
    if (!response && response.error().kind == ErrorKind::timeout) {
        const std::chrono::duration<double> waited = Deadline::Clock::now() - start;
        return fail(ErrorKind::timeout, fmt::format("did not answer in {:.1f} s ({} on {})",
                                                    waited.count(), without_query(path), where_));
    }
    return response;
}

// Any failure of the other broker is `rejected`: this broker has answered.
Result<HttpResponse> AdminClient::follow(Method method, std::string location, std::string_view body,
                                         Deadline deadline) {
    std::string failure = "redirects too often";
    for (int hop = 0; hop < kMaxHops; ++hop) {
        const std::size_t path = location.find('/', location.find("://") + 3);
        const std::string origin = location.substr(0, path);
        const auto url = parse_url(origin, "http", 80);
        if (path == std::string::npos || !url || (secure_ && url->scheme != "https")) {
            failure = "redirects to an address that is not followed";
            break;
        }
        HttpClient& other = others_.try_emplace(origin, *url, options_).first->second;
        auto response = send(other, method, location.substr(path), body, deadline);
        if (!response) {
            failure =
                fmt::format("redirects to {}, which fails ({})", origin, response.error().text);
            break;
        }
        if (response->status != kRedirect) {
            return response;
        }
        location = response->location;
    }
    return fail(ErrorKind::rejected, fmt::format("{} {}", where_, failure));
}

// A lookup is not followed: its redirect is the answer.
Result<HttpResponse> AdminClient::ask(Method method, const std::string& path, std::string_view body,
                                      Deadline deadline) {
    auto response = send(http_, method, path, body, deadline);
    return response && response->status == kRedirect && !path.starts_with("/lookup/")
               ? follow(method, response->location, body, deadline)
               : response;
}

Result<std::string> AdminClient::body_of(const std::string& path, Deadline deadline) {
    return body_unless(0, path, deadline).transform([](auto body) { return std::move(*body); });
}

Result<std::optional<std::string>> AdminClient::body_unless(int absent, const std::string& path,
                                                            Deadline deadline) {
    auto response = ask(Method::get, path, {}, deadline);
    if (!response) {
        return std::unexpected(response.error());
    }
    if (response->status == absent) {
        return std::nullopt;
    }
    if (response->status != kOk) {
        return std::unexpected(refusal(path, *response));
    }
    return std::move(response->body);
}

Result<void> AdminClient::ready(Deadline deadline) {
    return body_of("/admin/v2/brokers/ready", deadline).transform([](const std::string&) {});
}

std::optional<std::string> AdminClient::version(Deadline deadline) {
    std::string text =
        body_of("/admin/v2/brokers/version", deadline).transform(parse_version).value_or("");
    return text.empty() ? std::nullopt : std::optional{std::move(text)};
}

Result<Names> AdminClient::clusters(Deadline deadline) {
    return body_of("/admin/v2/clusters", deadline).and_then(parse_names);
}

Result<std::optional<TenantSpec>> AdminClient::tenant(std::string_view name, Deadline deadline) {
    return parse_if_found(body_unless(kNotFound, tenant_path(name), deadline), parse_tenant);
}

Result<std::optional<Names>> AdminClient::namespaces(std::string_view tenant, Deadline deadline) {
    return parse_if_found(body_unless(kNotFound, namespaces_path(tenant), deadline), parse_names);
}

Result<std::optional<std::int64_t>> AdminClient::partitions(std::string_view topic,
                                                            Deadline deadline) {
    return parse_if_found(body_unless(kNotFound, topic_path(topic) + "/partitions", deadline),
                          parse_partitions);
}

Result<std::optional<NamespaceState>> AdminClient::namespace_state(std::string_view name,
                                                                   Deadline deadline) {
    return parse_if_found(body_unless(kNotFound, namespaces_path(name), deadline), parse_namespace);
}

Result<std::optional<Names>> AdminClient::terminated(std::string_view topic, Deadline deadline) {
    auto body = body_unless(kNotFound, topic_path(topic) + "/internal-info", deadline);
    return !body && body.error().kind == ErrorKind::rejected
               ? std::nullopt
               : parse_if_found(body, parse_terminated);
}

Result<std::optional<std::vector<PartitionUse>>> AdminClient::topic_use(std::string_view topic,
                                                                        bool partitioned,
                                                                        Deadline deadline) {
    const std::string path = topic_path(topic) +
                             (partitioned ? "/partitioned-stats?perPartition=true&" : "/stats?") +
                             "getPreciseBacklog=false&subscriptionBacklogSize=false";
    return parse_if_found(body_unless(kNotFound, path, deadline), parse_use);
}

Result<std::optional<BlockingQuotas>> AdminClient::blocking_quotas(std::string_view topic,
                                                                   Deadline deadline) {
    return parse_if_found(
        body_unless(kNotFound, topic_path(topic) + "/backlogQuotaMap?applied=true", deadline),
        parse_quotas);
}

Result<std::optional<std::int64_t>> AdminClient::client_limit(std::string_view topic,
                                                              std::string_view setting,
                                                              Deadline deadline) {
    const std::string path = fmt::format("{}/{}?applied=true", topic_path(topic), setting);
    return parse_if_found(body_unless(kNoContent, path, deadline), parse_limit);
}

Result<std::optional<Done>> AdminClient::schema(std::string_view topic, Deadline deadline) {
    const std::string path = fmt::format("/admin/v2/schemas/{}/schema", path_of(topic));
    return body_unless(kNotFound, path, deadline).transform([](const auto& body) {
        return body ? std::optional{Done{}} : std::nullopt;
    });
}

Result<std::int64_t> AdminClient::bookies(Deadline deadline) {
    return body_of("/admin/v2/bookies/all", deadline).and_then(parse_bookies);
}

Result<std::optional<std::string>> AdminClient::lookup(std::string_view topic, Deadline deadline) {
    return parse_if_found(
        body_unless(kRedirect, "/lookup/v2/topic/persistent/" + path_of(topic), deadline),
        parse_broker_url);
}

Result<void> AdminClient::health(Deadline deadline) {
    return body_of("/admin/v2/brokers/health", deadline).transform([](const std::string&) {});
}

Result<WriteAnswer> AdminClient::put(const std::string& path, const std::string& body,
                                     Deadline deadline) {
    return written(path, ask(Method::put, path, body, deadline));
}

Result<WriteAnswer> AdminClient::create(const TenantSpec& tenant, Deadline deadline) {
    return put(tenant_path(tenant.name), text_of(json_of(tenant_fields(), tenant)), deadline);
}

Result<WriteAnswer> AdminClient::create(const NamespaceSpec& space, Deadline deadline) {
    return put(namespaces_path(space.name), "{}", deadline);
}

// The body of a partitioned topic is its number of partitions. The body of any other topic is its
// properties: none.
Result<WriteAnswer> AdminClient::create(const TopicSpec& topic, Deadline deadline) {
    const std::string path = topic_path(topic.name);
    return topic.partitions > 0
               ? put(path + "/partitions", fmt::format("{}", topic.partitions), deadline)
               : put(path, "{}", deadline);
}

Result<WriteAnswer> AdminClient::unload_topic(std::string_view topic, Deadline deadline) {
    return put(topic_path(topic) + "/unload", {}, deadline);
}

Result<WriteAnswer> AdminClient::publish(std::string_view topic, std::string_view text,
                                         Deadline deadline) {
    const std::string path = "/topics/persistent/" + path_of(topic);
    const nlohmann::json body{{"producerName", "arc-sidecar"},
                              {"messages", nlohmann::json::array({{{"payload", text}}})}};
    const auto response = ask(Method::post, path, text_of(body), deadline);
    auto answer = written(path, response);
    if (answer && answer->status == kOk) {
        answer->reason = parse_publish(response->body);
    }
    return answer;
}

}  // namespace arc::pulsar
