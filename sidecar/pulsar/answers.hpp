// The bodies of the admin API's answers (Pulsar 3.3.6, observed) as values. Pure. A body of another
// form is an error of kind protocol.
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

// {"adminRoles":[],"allowedClusters":["standalone"]}; an absent or null list is empty. Without the
// name, which the answer does not have.
[[nodiscard]] Result<TenantSpec> parse_tenant(std::string_view body);

// {"partitions":3,"deleted":false}; 0 is a topic that is not partitioned.
[[nodiscard]] Result<std::int64_t> parse_partitions(std::string_view body);

// {"brokerUrl":"pulsar://localhost:6650",…}: the address that the broker sends clients to.
[[nodiscard]] Result<std::string> parse_broker_url(std::string_view body);

// {"messagePublishResults":[{"messageId":"5:0:-1","errorCode":0,…}],…}: why the one message was not
// stored; empty: it was.
[[nodiscard]] std::string parse_publish(std::string_view body);

// The version's plain text, "3.3.6"; empty where the body is anything longer or stranger.
[[nodiscard]] std::string parse_version(std::string_view body);

// Why the broker said no: the "reason" of its JSON in one line of at most 120 bytes, of a stack
// trace only its message. Empty where the body (Jetty's HTML, for one) has none.
[[nodiscard]] std::string parse_reason(std::string_view body);

}  // namespace arc::pulsar
