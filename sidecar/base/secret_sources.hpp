// Finds secrets in settings, environments and command lines by the names that have them, and keeps
// them (base/secrets.hpp).
#pragma once

#include <span>
#include <string_view>

namespace arc {

// Whether the value of a setting, variable or flag of this name is a secret: requirepass, --pass,
// brokerClientAuthenticationParameters.
[[nodiscard]] bool is_secret_name(std::string_view name);

// Keeps the value if is_secret_name(name). In any value it keeps the passwords of URLs and the
// values of secret names: "nats://user:password@host", "redis:6379,password=word,ssl=False".
void keep_secrets_of_setting(std::string_view name, std::string_view value);

// Keeps the secrets of "NAME=value" entries, the last of which is nullptr. Does not read files that
// contain a secret (NAME_FILE).
void keep_secrets_of_environment(const char* const* entries);

// Keeps the values of flags for secrets, also inside a word that a shell will interpret:
// --requirepass X, --pass=X, --user u >X, "sh -c 'redis-server ...'".
void keep_secrets_of_command(std::span<const char* const> words);

}  // namespace arc
