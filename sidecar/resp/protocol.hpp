// Converts Redis's protocol (RESP2) to and from plain values with hiredis's parser, within limits.
// No I/O.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

struct redisReader;

namespace arc::resp {

// The limits of an exchange: bytes of all replies together, and elements of one list. The INFO of
// a check has 3 to 6 KB.
struct ReplyLimits {
    std::size_t bytes = std::size_t{256} * 1024;
    long long elements = 64;
};

struct Reply {
    enum class Kind {
        text,   // a status or a string
        error,  // `text` is "NOAUTH Authentication required."
        list,
        integer,
        other,  // nil
    };
    Kind kind = Kind::other;
    std::string text;
    long long integer = 0;
    std::vector<Reply> list;
};

using Command = std::vector<std::string_view>;

// The bytes of all commands.
[[nodiscard]] std::string encoded(std::span<const Command> commands);

// Reads replies from a stream of bytes.
class ReplyReader {
public:
    explicit ReplyReader(const ReplyLimits& limits = {});

    // Takes every complete reply. Error (kind protocol): the bytes are not RESP, or exceed the
    // limits. The text begins with a verb; the caller puts "HOST:PORT " before it. Must not be
    // called again after an error.
    [[nodiscard]] Result<void> feed(std::string_view bytes);

    [[nodiscard]] std::vector<Reply>& replies() noexcept { return replies_; }

private:
    [[nodiscard]] Result<void> take_whole();

    struct Free {
        void operator()(redisReader* reader) const noexcept;
    };
    std::unique_ptr<redisReader, Free> reader_;
    std::string head_;  // the first bytes, for the error about a peer that is no Redis
    std::size_t received_ = 0;
    ReplyLimits limits_;
    std::vector<Reply> replies_;
};

}  // namespace arc::resp
