// Parses the configuration of Pulsar standalone: properties, JVM flags and the cookie of its
// bookie. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace arc::pulsar {

// "name=value" lines (java.util.Properties without escapes). The last value of a name applies.
[[nodiscard]] std::map<std::string, std::string, std::less<>> parse_properties(
    std::string_view text);

// The distinct hosts of the listener `internal` in
// "internal:pulsar://arc-streaming:6650,external:pulsar://localhost:6650". The broker connects to
// itself through it (internalListenerName). Empty: the first listener, as in Pulsar. The hosts of
// the other listeners may resolve for clients only.
[[nodiscard]] std::vector<std::string> internal_hosts(std::string_view advertised_listeners,
                                                      std::string_view internal);

// "arc-streaming:34863" from the cookie of a bookie (the file VERSION, protobuf text); empty: none.
[[nodiscard]] std::string bookie_of(std::string_view cookie);

// The limits in JVM flags ("-Xmx512m -XX:MaxDirectMemorySize=512m"), in bytes; 0: not set. The last
// flag applies. The JVM's suffixes are powers of 1024.
struct JvmMemory {
    std::int64_t heap = 0;
    std::int64_t direct = 0;
};
[[nodiscard]] JvmMemory jvm_memory(std::string_view flags);

// The last "-Djava.io.tmpdir=…" of JVM flags, otherwise /tmp.
[[nodiscard]] std::string jvm_temporary(std::string_view flags);

// The value that a shell script of settings (conf/pulsar_env.sh) assigns to a variable that is not
// in the environment: `NAME=${NAME:-"value"}` or `NAME="value"`. nullopt: no assignment in these
// forms.
[[nodiscard]] std::optional<std::string> script_default(std::string_view script,
                                                        std::string_view name);

}  // namespace arc::pulsar
