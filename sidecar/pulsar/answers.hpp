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
