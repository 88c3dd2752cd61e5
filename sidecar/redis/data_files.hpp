// Reads Redis's files: whether a snapshot holds keys, and how an append-only file ends. Sources:
// the RDB and AOF formats of redis.io, and files of Redis 7.0 and 8.0. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace arc::redis {

// Whether a snapshot holds data, from its first bytes. A database begins with opcode 0xFE,
// functions with 0xF5. In the file of an empty server the end mark 0xFF follows the auxiliary
// fields. Returns true for a file in an unknown form.
[[nodiscard]] bool snapshot_holds_data(std::string_view beginning);

// The version of the RDB format in which a snapshot was written; nullopt: not a snapshot.
[[nodiscard]] std::optional<int> snapshot_format(std::string_view beginning);

// The server that wrote a snapshot: "Redis 7.0.15", "Valkey 8.1.1". Empty: it does not say.
[[nodiscard]] std::string snapshot_writer(std::string_view beginning);

// A version of redis-server or valkey-server.
struct Release {
    bool valkey = false;
    int major = 0;
    int minor = 0;
    std::string text;  // "Redis 8.0.2"

    // Since Redis 7, the append-only file is a directory of files with a manifest. A server before
    // it starts without the data of that directory, and says nothing.
    [[nodiscard]] bool has_manifest() const { return major >= 7; }
};

// From what `redis-server --version` prints: "Redis server v=8.0.2 sha=…".
[[nodiscard]] std::optional<Release> parse_release(std::string_view text);

// The newest RDB format that a server reads; it writes the same one. nullopt: a version whose
// format is not known here. Measured with Redis 6.2, 7.0, 8.0 and Valkey 8.1; RDB_VERSION in the
// sources of 7.2 and 7.4.
[[nodiscard]] std::optional<int> newest_format(const Release& release);

// A file in the manifest of an append-only log.
struct AofFile {
    std::string name;
    // type "b": the result of the last rewrite, usually a snapshot; otherwise "i": later commands
    bool base = false;
};

// The files that the server loads, in this order: the base, if any, then the increments. Files of
// type "h" are history and about to be deleted.
[[nodiscard]] std::vector<AofFile> aof_files(std::string_view manifest);

// Whether a file begins as a snapshot: a base, or the preamble of an append-only file before
// Redis 7.
[[nodiscard]] bool begins_as_snapshot(std::string_view beginning);

struct AofEnd {
    enum class State {
        whole,  // ends with a whole command, or with the end mark of its snapshot
        // Ends with NUL bytes, because of a power cut between the change of its size and the write
        // of its content. Redis exits with 1.
        nuls,
        // Ends inside a command. Redis truncates the file if aof-load-truncated is on and it is the
        // last file.
        cut,
        unclear
    } state = State::unclear;
    std::size_t nuls = 0;  // how many
};

// The last bytes of a file.
struct AofTail {
    std::string_view bytes;
    bool whole_file = false;  // `bytes` is the whole file
    // begins_as_snapshot(); its checksum at the end may have NUL bytes
    bool snapshot = false;
};
[[nodiscard]] AofEnd judge_aof_end(const AofTail& tail);

}  // namespace arc::redis
