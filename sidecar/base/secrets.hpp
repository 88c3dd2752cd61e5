// What must not be shown, and its removal from text. Whoever reads a secret keeps it here (config's
// Secret does by itself); whoever shows text asks redacted() by way of shown(). Thread-safe.
//
// What is found: the secret as it is, quoted (JSON, C, Redis), percent-encoded, and in base64 at
// any offset ("user:password").
//   - 8 bytes or more: any 8 successive bytes of it or of one of these forms, so that a piece that
//     was cut off is found, too.
//   - cut to its first 4 to 7 bytes: within quotes, as Redis quotes what it did not understand.
//   - 4 to 7 bytes: only whole, and not within a longer word: "word" is not taken out of
//     "password".
//   - 1 to 3 bytes: only whole and within quotes. To take an "a" out wherever it stands would leave
//     no text.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace arc {

// In place of what was taken out.
inline constexpr std::string_view kRedacted = "***";

// From now on redacted() takes this out. Of a text in lines (a credentials file) each long word
// counts for itself. Empty: nothing happens. More than 4 KiB of one word, and more than 1 MiB in
// all, is not kept.
void keep_secret(std::string_view secret);

// Whether a setting, a variable or a flag of that name has a secret for its value: requirepass,
// --pass, brokerClientAuthenticationParameters.
[[nodiscard]] bool is_secret_name(std::string_view name);

// The value of a setting, if is_secret_name(), and what is_secret_name() or a URL's user
// information has within it: "nats://user:password@host", "redis:6379,password=word,ssl=False".
void keep_secrets_of_setting(std::string_view name, std::string_view value);

// "NAME=value" of each variable; files that hold a secret (NAME_FILE) are not read.
void keep_secrets_of_environment(const char* const* entries);

// Flags and what follows them, also within one word that a shell is to read: --requirepass X,
// --pass=X, --user u >X, "sh -c 'redis-server …'".
void keep_secrets_of_command(std::span<const char* const> words);

// `text` with what is known taken out.
[[nodiscard]] std::string redacted(std::string_view text);

// For tests: nothing is known any more.
void forget_secrets();

}  // namespace arc
