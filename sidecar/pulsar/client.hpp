// All I/O of Pulsar: the binary port and the admin REST API (v2) of one broker. One
// connection, kept alive between the questions; each is bounded by its deadline. Nothing here
// judges; the token is in no text.
//
// What the broker's statuses mean (3.3.6, observed): 200 and 204 done; 401 for no token, a bad one
// and a good one that does not suffice alike; 404 no such object; 409 exists, whatever it is like;
// 412 a precondition, "Clusters do not exist" while it starts; 500 with a stack trace in JSON for
// what its storage refused, in HTML while it starts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "net/http_client.hpp"
#include "pulsar/answers.hpp"
#include "pulsar/config.hpp"

namespace arc::pulsar {

// Whether something accepts a TCP connection on the binary port; nothing is sent, but for
// pulsar+ssl:// TLS's handshake is made. An error names every address that was tried.
[[nodiscard]] Result<void> try_binary_port(const PulsarConfig& config, Deadline deadline);

// What came of a write: the HTTP status, and the broker's reason when it is not a success.
struct WriteAnswer {
    int status = 0;
    std::string reason;
};

// Errors of every question: those of HttpClient, where a time-out's text begins with "did not
// answer in 2.9 s"; auth (401), permission (403), rejected (5xx), protocol (another status, or an
// answer of another form). std::nullopt is "there is none" (404).
class AdminClient {
public:
    explicit AdminClient(const PulsarConfig& config);

    // Whether the broker takes requests at all. 200 from the moment it does until the process ends,
    // whatever its storage does.
    [[nodiscard]] Result<void> ready(Deadline deadline);

    // "3.3.6", where the broker tells it.
    [[nodiscard]] std::optional<std::string> version(Deadline deadline);

    [[nodiscard]] Result<Names> clusters(Deadline deadline);
    [[nodiscard]] Result<std::optional<TenantSpec>> tenant(std::string_view name,
                                                           Deadline deadline);
    [[nodiscard]] Result<std::optional<Names>> namespaces(std::string_view tenant,
                                                          Deadline deadline);
    [[nodiscard]] Result<std::optional<std::int64_t>> partitions(std::string_view topic,
                                                                 Deadline deadline);

    // The URL that the broker sends a client of this topic to; std::nullopt when it redirects to
    // another broker. The topic need not exist and is not created, but its bundle is taken over by
    // the broker if nobody had (0.2 s the first time, 4 ms after; measured).
    [[nodiscard]] Result<std::optional<std::string>> lookup(std::string_view topic,
                                                            Deadline deadline);

    // Produces and consumes a message on a topic of the broker's own: 36 ms of its CPU and 24 log
    // lines (measured), and blocks for 30 s and longer when its storage is dead. Use deep.hpp,
    // which never asks twice at once.
    [[nodiscard]] Result<void> health(Deadline deadline);

    [[nodiscard]] Result<WriteAnswer> put_tenant(const TenantSpec& tenant, Deadline deadline);
    [[nodiscard]] Result<WriteAnswer> put_namespace(std::string_view name, Deadline deadline);
    [[nodiscard]] Result<WriteAnswer> put_topic(const TopicSpec& topic, Deadline deadline);

    // Closes a topic; it is opened again, with a new ledger, when it is used next (6 to 20 ms;
    // measured). 404: there is none.
    [[nodiscard]] Result<WriteAnswer> unload_topic(std::string_view topic, Deadline deadline);

    // Publishes one message by the broker's REST interface, which takes it for topics that are
    // there (15 to 30 ms; measured). A status of 200 with a reason: it was not stored.
    [[nodiscard]] Result<WriteAnswer> publish(std::string_view topic, std::string_view text,
                                              Deadline deadline);

private:
    [[nodiscard]] Result<std::string> body_of(const std::string& path, Deadline deadline);
    [[nodiscard]] Result<std::optional<std::string>> body_if_there(const std::string& path,
                                                                   Deadline deadline);
    [[nodiscard]] Result<WriteAnswer> put(const std::string& path, const std::string& body,
                                          Deadline deadline);

    enum class Method { get, put, post };
    [[nodiscard]] Result<HttpResponse> ask(Method method, const std::string& path,
                                           std::string_view body, Deadline deadline);

    std::string where_;
    HttpClient http_;
};

}  // namespace arc::pulsar
