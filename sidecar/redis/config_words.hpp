// The syntax of redis.conf: words, quotes, numbers and sizes. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace arc::redis {

// The words of a line. A word ends at a blank. Quotes hold blanks: in "…" a backslash escapes
// (\n, \r, \t, \b, \a, \xHH, any other character itself), in '…' only \'. A blank follows a closing
// quote. nullopt: a quote is not closed, or something else follows it.
[[nodiscard]] std::optional<std::vector<std::string>> split_words(std::string_view line);

// The text that redis-server makes of its options, a line for each. `arguments` follow redis-server
// on the command line. It leaves out the file in front, and "-" (standard input) at either end.
// An option may have its values in one argument: "--maxmemory 1gb". `escapes`: quotes and
// backslashes in other arguments are escaped, as in all servers but Valkey 8.1.1.
[[nodiscard]] std::string options_text(std::span<const std::string> arguments, bool escapes = true);

// "-5", "10". nullopt for any other text, such as "+1" or "01".
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

// "1gb", "100", in bytes. b, kb, mb, gb are powers of 1024; k, m, g powers of 1000. Ignores case. A
// missing number is 0, one that is too large is 2^64-1. A product wraps, as in the server.
[[nodiscard]] std::optional<std::uint64_t> parse_memory(std::string_view text);

}  // namespace arc::redis
