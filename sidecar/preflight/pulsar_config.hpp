// What Pulsar standalone is told: properties, JVM flags, and the cookie of its bookie. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace arc::preflight {

// "name=value" lines (java.util.Properties without escapes); the last of a name counts.
[[nodiscard]] std::map<std::string, std::string, std::less<>> parse_properties(std::string_view text);

// The hosts of "internal:pulsar://arc-streaming:6650,external:pulsar://localhost:6650", each once.
[[nodiscard]] std::vector<std::string> listener_hosts(std::string_view advertised_listeners);

// "arc-streaming:34863" from a bookie's cookie (the file VERSION, protobuf text); empty when there is none.
[[nodiscard]] std::string bookie_of(std::string_view cookie);

// Heap and direct memory that JVM flags allow ("-Xmx512m -XX:MaxDirectMemorySize=512m"), in bytes; 0 when neither is said. The JVM's
// letters are powers of 1024.
[[nodiscard]] std::int64_t jvm_memory(std::string_view flags);

}  // namespace arc::preflight
