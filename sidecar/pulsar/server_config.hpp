// What Pulsar standalone is told: properties, JVM flags, and the cookie of its bookie. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace arc::pulsar {

// "name=value" lines (java.util.Properties without escapes); the last of a name counts.
[[nodiscard]] std::map<std::string, std::string, std::less<>> parse_properties(
    std::string_view text);

// The hosts of the listener `internal` in
// "internal:pulsar://arc-streaming:6650,external:pulsar://localhost:6650", each once: the broker
// talks to itself by it (internalListenerName). Empty: the first listener, as Pulsar has it. The
// others may be names that only clients know.
[[nodiscard]] std::vector<std::string> internal_hosts(std::string_view advertised_listeners,
                                                      std::string_view internal);

// "arc-streaming:34863" from a bookie's cookie (the file VERSION, protobuf text); empty when there
// is none.
[[nodiscard]] std::string bookie_of(std::string_view cookie);

// What JVM flags allow ("-Xmx512m -XX:MaxDirectMemorySize=512m"), in bytes; 0 where it is not said.
// The last of a flag counts; the JVM's letters are powers of 1024.
struct JvmMemory {
    std::int64_t heap = 0;
    std::int64_t direct = 0;
};
[[nodiscard]] JvmMemory jvm_memory(std::string_view flags);

// The last "-Djava.io.tmpdir=…" of JVM flags, else /tmp.
[[nodiscard]] std::string jvm_temporary(std::string_view flags);

// What a shell script of settings (conf/pulsar_env.sh) gives a variable that is not in the
// environment: `NAME=${NAME:-"value"}` or `NAME="value"`. Nothing where it does not, or in another
// way.
[[nodiscard]] std::optional<std::string> script_default(std::string_view script,
                                                        std::string_view name);

}  // namespace arc::pulsar
