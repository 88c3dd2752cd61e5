// All I/O with Pulsar: the binary port and the admin REST API (v2) of one broker, over one
// connection that is kept alive. A deadline bounds each request. Nothing here judges an answer. No
// text contains the token.
//
// The broker's statuses (3.3.6, observed):
//   200, 204  done
//   307       another broker has the topic; followed, with the token, as Pulsar's own clients do
//   401       no token, an invalid token, or a valid token without the permission
//   404       no such object
//   409       the object exists, possibly with other properties
//   412       a precondition failed: "Clusters do not exist" while the broker starts, or
//             "Namespace missing local cluster name"
//   500       the storage failed (a stack trace in JSON), or the broker starts (HTML)
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/asked.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "net/http_client.hpp"
#include "net/listener.hpp"
#include "pulsar/answers.hpp"
#include "pulsar/config.hpp"

namespace arc::pulsar {

extern const Protocol kProtocol;

// Connects to the binary port. Sends nothing, but makes the TLS handshake for pulsar+ssl://. An
// error names every address that was tried.
[[nodiscard]] Result<void> try_binary_port(const PulsarConfig& config, Deadline deadline);

// The result of a write: the HTTP status, and the broker's reason unless it is a success.
struct WriteAnswer {
    int status = 0;
    std::string reason;
};

// Errors of every request: those of HttpClient, where the text of a timeout begins with "did not
// answer in 2.9 s"; auth (401), permission (403), rejected (412, 5xx, or a redirect that fails),
// protocol (another status, or an invalid body). std::nullopt means 404 unless stated otherwise.
class AdminClient {
public:
    explicit AdminClient(const PulsarConfig& config);

    // Whether the broker accepts requests. Once it does, the status stays 200 until the process
    // ends, even if the storage fails.
    [[nodiscard]] Result<void> ready(Deadline deadline);

    // "3.3.6"; std::nullopt: the broker did not report it.
    [[nodiscard]] std::optional<std::string> version(Deadline deadline);

    [[nodiscard]] Result<Names> clusters(Deadline deadline);
    [[nodiscard]] Result<std::optional<TenantSpec>> tenant(std::string_view name,
                                                           Deadline deadline);
    [[nodiscard]] Result<std::optional<Names>> namespaces(std::string_view tenant,
                                                          Deadline deadline);
    [[nodiscard]] Result<std::optional<std::int64_t>> partitions(std::string_view topic,
                                                                 Deadline deadline);

    [[nodiscard]] Result<std::optional<NamespaceState>> namespace_state(std::string_view name,
                                                                        Deadline deadline);

    // The terminated partitions; the topic itself if it is not partitioned. Reads only metadata.
    // std::nullopt: the topic is idle, and the broker has removed its partitions.
    [[nodiscard]] Result<std::optional<Names>> terminated(std::string_view topic,
                                                          Deadline deadline);

    // The use of each partition. Loads the topic, as a client would; this may take half a minute.
    [[nodiscard]] Result<std::optional<std::vector<PartitionUse>>> topic_use(std::string_view topic,
                                                                             bool partitioned,
                                                                             Deadline deadline);

    // The effective values for a topic, from its own settings, its namespace's or the broker's.
    // `setting`: "maxProducers"; std::nullopt: no limit.
    [[nodiscard]] Result<std::optional<BlockingQuotas>> blocking_quotas(std::string_view topic,
                                                                        Deadline deadline);
    [[nodiscard]] Result<std::optional<std::int64_t>> client_limit(std::string_view topic,
                                                                   std::string_view setting,
                                                                   Deadline deadline);

    // Whether the topic has a schema; std::nullopt: it has none.
    [[nodiscard]] Result<std::optional<Done>> schema(std::string_view topic, Deadline deadline);

    [[nodiscard]] Result<std::int64_t> bookies(Deadline deadline);

    // The URL that the broker sends a client of this topic to; std::nullopt if it redirects to
    // another broker. Does not create the topic. The broker takes over the topic's bundle if no
    // broker owns it (0.2 s the first time, 4 ms after that; measured).
    [[nodiscard]] Result<std::optional<std::string>> lookup(std::string_view topic,
                                                            Deadline deadline);

    // The broker produces and consumes a message on a topic of its own: 36 ms of its CPU and 24 log
    // lines (measured). Blocks for 30 s or longer if the storage is dead. Call it through deep.hpp,
    // which never sends two of these at once.
    [[nodiscard]] Result<void> health(Deadline deadline);

    [[nodiscard]] Result<WriteAnswer> create(const TenantSpec& tenant, Deadline deadline);
    [[nodiscard]] Result<WriteAnswer> create(const NamespaceSpec& space, Deadline deadline);
    [[nodiscard]] Result<WriteAnswer> create(const TopicSpec& topic, Deadline deadline);

    // Closes a topic. The next use opens it with a new ledger (6 to 20 ms; measured). 404: no such
    // topic.
    [[nodiscard]] Result<WriteAnswer> unload_topic(std::string_view topic, Deadline deadline);

    // Publishes one message to an existing topic through the broker's REST interface (15 to 30 ms;
    // measured). Status 200 with a reason: the broker did not store it.
    [[nodiscard]] Result<WriteAnswer> publish(std::string_view topic, std::string_view text,
                                              Deadline deadline);

private:
    [[nodiscard]] Result<std::string> body_of(const std::string& path, Deadline deadline);
    // The body of a response with status 200; std::nullopt for the status `absent`.
    [[nodiscard]] Result<std::optional<std::string>> body_unless(int absent,
                                                                 const std::string& path,
                                                                 Deadline deadline);
    [[nodiscard]] Result<WriteAnswer> put(const std::string& path, const std::string& body,
                                          Deadline deadline);

    enum class Method { get, put, post };
    [[nodiscard]] Result<HttpResponse> ask(Method method, const std::string& path,
                                           std::string_view body, Deadline deadline);

    [[nodiscard]] Result<HttpResponse> send(HttpClient& http, Method method,
                                            const std::string& path, std::string_view body,
                                            Deadline deadline);
    [[nodiscard]] Result<HttpResponse> follow(Method method, std::string location,
                                              std::string_view body, Deadline deadline);

    std::string where_;
    bool secure_;  // the admin port speaks TLS
    HttpOptions options_;
    HttpClient http_;
    std::map<std::string, HttpClient> others_;  // brokers of redirects, by URL
};

}  // namespace arc::pulsar
