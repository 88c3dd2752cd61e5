// Redis's files as they lie on the disk: whether a snapshot holds keys, and how an append-only file ends. Sources: the RDB and AOF
// formats of redis.io, and files of Redis 7.0 and 8.0. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace arc::preflight {

// Whether a snapshot holds anything, by its beginning: every database begins with opcode 0xFE, functions with 0xF5, and the file of an
// empty server goes from its auxiliary fields right to the end mark 0xFF. A file that is not understood holds something.
[[nodiscard]] bool snapshot_holds_data(std::string_view beginning);

// The file that a manifest says is being appended to: type "i", the highest sequence. Nothing when there is none.
[[nodiscard]] std::optional<std::string> last_incremental(std::string_view manifest);

struct AofEnd {
    enum class State {
        whole,  // ends with a whole command
        nuls,   // ends with NUL bytes: a power cut came between the file's size and its content. Redis leaves with 1
        cut,    // ends inside a command. Redis cuts it off where aof-load-truncated is on
        unclear
    } state = State::unclear;
    std::size_t nuls = 0;  // how many
};

// Judges an append-only file by its last bytes; `is_whole_file` when these are all of it.
[[nodiscard]] AofEnd judge_aof_end(std::string_view tail, bool is_whole_file);

}  // namespace arc::preflight
