// The secrets that no output may contain, and their removal from text. Code that reads a secret
// calls keep_secret() (config's Secret does so itself). Code that prints text uses shown(), which
// calls redacted(). Thread-safe.
//
// redacted() finds a secret as it is, quoted (JSON, C, Redis), percent-encoded, and in base64 at
// any offset ("user:password"):
//   - A secret of 8 bytes or more: any 8 successive bytes of it or of one of these forms. This
//     includes a piece of a secret.
//   - The first 4 to 7 bytes of such a secret: only in quotes. Redis cuts and quotes an argument
//     of an unknown command.
//   - A secret of 4 to 7 bytes: only as a whole word. So "word" stays in "password".
//   - A secret of 1 to 3 bytes: only as a whole and in quotes, because removing every "a" would
//     leave no text.
#pragma once

#include <string>
#include <string_view>

#include "base/secret_sources.hpp"

namespace arc {

// Replaces each secret.
inline constexpr std::string_view kRedacted = "***";

// Adds a secret for redacted(). In a text of several lines (a credentials file), each long word is
// a secret of its own. An empty text has no effect. Keeps at most 4 KiB of a secret, and 64 KiB in
// all.
void keep_secret(std::string_view secret);

// `text` without the known secrets.
[[nodiscard]] std::string redacted(std::string_view text);

// For tests: forgets all secrets.
void forget_secrets();

}  // namespace arc
