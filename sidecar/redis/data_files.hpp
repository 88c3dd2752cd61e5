// Redis's files as they lie on the disk: whether a snapshot holds keys, and how an append-only file
// ends. Sources: the RDB and AOF formats of redis.io, and files of Redis 7.0 and 8.0. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace arc::redis {

// Whether a snapshot holds anything, by its beginning: every database begins with opcode 0xFE,
// functions with 0xF5, and the file of an empty server goes from its auxiliary fields right to the
// end mark 0xFF. A file that is not understood holds something.
[[nodiscard]] bool snapshot_holds_data(std::string_view beginning);

// A file of an append-only log, by its manifest.
struct AofFile {
    std::string name;
    // type "b": what the last rewrite left, mostly as a snapshot; else "i", the commands since
    bool base = false;
};

// The files that the server loads, in its order: the base, if there is one, and what was appended
// since. Those of type "h" are history, about to be deleted.
[[nodiscard]] std::vector<AofFile> aof_files(std::string_view manifest);

// Whether a file begins as a snapshot: a base, or the preamble of an append-only file from before
// Redis 7.
[[nodiscard]] bool begins_as_snapshot(std::string_view beginning);

struct AofEnd {
    enum class State {
        whole,  // ends with a whole command, or with the end mark of its snapshot
        // ends with NUL bytes: a power cut came between the file's size and its content. Redis
        // leaves with 1
        nuls,
        // ends inside a command. Redis cuts it off where aof-load-truncated is on and it is the
        // last file
        cut,
        unclear
    } state = State::unclear;
    std::size_t nuls = 0;  // how many
};

// What is known of a file whose last bytes are judged.
struct AofTail {
    std::string_view bytes;
    bool whole_file = false;  // these are all of it
    // begins_as_snapshot(): then it may end with a checksum, whose bytes may be NUL
    bool snapshot = false;
};
[[nodiscard]] AofEnd judge_aof_end(const AofTail& tail);

}  // namespace arc::redis
