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

// The text of a properties file, as java.util.Properties and Pulsar read it: "=", ":" or a blank
// after the name, escapes, continued lines. The last value of a name applies.
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

// What JVM flags say ("-Xmx512m -XX:MaxDirectMemorySize=512m"). Sizes are in bytes; 0: not set. The
// last flag applies. The JVM's suffixes are powers of 1024.
struct JvmOptions {
    std::int64_t heap = 0;
    std::int64_t direct = 0;
    std::string temporary = "/tmp";  // java.io.tmpdir
    // For which the JVM does not start, for messages: a word, or a contradiction. Empty: none.
    std::string rejected;
};
// Blanks separate flags. Quotes have no meaning, since the start script does not remove them.
[[nodiscard]] JvmOptions read_jvm_options(std::string_view flags);

}  // namespace arc::pulsar
