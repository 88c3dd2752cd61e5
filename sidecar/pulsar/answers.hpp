// Parses the bodies of the admin API (Pulsar 3.3.6, observed). Pure. A body in another form is an
// error of kind protocol.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "pulsar/config.hpp"

namespace arc::pulsar {

using Names = std::vector<std::string>;

// ["public","pulsar"]
[[nodiscard]] Result<Names> parse_names(std::string_view body);

// {"adminRoles":[],"allowedClusters":["standalone"]}. An absent or null list is empty. The answer
// does not contain the name.
[[nodiscard]] Result<TenantSpec> parse_tenant(std::string_view body);

// {"partitions":3,"deleted":false}; 0: the topic is not partitioned.
[[nodiscard]] Result<std::int64_t> parse_partitions(std::string_view body);

// The policies of a namespace that decide which clients can use its topics.
struct NamespaceState {
    bool deleted = false;
    Names clusters;                  // that serve it
    std::int64_t bookies = 0;        // that a new ledger needs; 0: the broker's default
    bool encryption = false;         // every message must be encrypted
    bool schema = false;             // if a topic has a schema, its producers must have one
    Names subscription_types;        // empty: all
    bool new_subscriptions = true;   // a consumer may create a subscription
    std::int64_t subscriptions = 0;  // of a topic; 0: no limit
};

// {"replication_clusters":["standalone"],"deleted":false,…}
[[nodiscard]] Result<NamespaceState> parse_namespace(std::string_view body);

// The number of bookies that can be written to. {"bookies":[{"bookieId":"127.0.0.1:3181"}]}
[[nodiscard]] Result<std::int64_t> parse_bookies(std::string_view body);

// The names of the terminated partitions in the internal info of a topic; "" stands for a topic
// without partitions. {"terminatedPosition":{…},…}, or {"partitions":{"persistent://…":{…},…}}
[[nodiscard]] Result<Names> parse_terminated(std::string_view body);

// Of a partition, or of a topic without partitions.
struct PartitionUse {
    std::int64_t backlog = 0;         // bytes
    std::int64_t backlog_limit = -1;  // bytes; -1: none, or not known to this version
    std::int64_t oldest = -1;         // seconds: the age of the oldest unconsumed message
    std::int64_t age_limit = -1;      // seconds; -1 as above
    std::int64_t producers = 0;
    std::int64_t consumers = 0;
    std::int64_t subscriptions = 0;
};

// The stats of a topic, or the partitioned stats with perPartition.
[[nodiscard]] Result<std::vector<PartitionUse>> parse_use(std::string_view body);

// A backlog quota that rejects producers once it is reached.
struct BlockingQuota {
    std::int64_t limit = -1;  // bytes, or seconds; -1: none
    std::string policy;       // "producer_exception", "producer_request_hold"
};
struct BlockingQuotas {
    BlockingQuota size;
    BlockingQuota age;
};

// {"destination_storage":{"limitSize":200,"policy":"producer_exception",…},"message_age":{…}}
[[nodiscard]] Result<BlockingQuotas> parse_quotas(std::string_view body);

// A number: "3".
[[nodiscard]] Result<std::int64_t> parse_limit(std::string_view body);

// {"brokerUrl":"pulsar://localhost:6650",…}: the address that the broker sends clients to.
[[nodiscard]] Result<std::string> parse_broker_url(std::string_view body);

// {"messagePublishResults":[{"messageId":"5:0:-1","errorCode":0,…}],…}: the reason why the broker
// did not store the message; empty: it did.
[[nodiscard]] std::string parse_publish(std::string_view body);

// The version: "3.3.6". Empty if the body is not plain text of at most 40 bytes.
[[nodiscard]] std::string parse_version(std::string_view body);

// The "reason" in the JSON of an error, as one line of at most 120 bytes. Of a stack trace only the
// message. Empty if the body has no reason (Jetty's HTML, for example).
[[nodiscard]] std::string parse_reason(std::string_view body);

}  // namespace arc::pulsar
