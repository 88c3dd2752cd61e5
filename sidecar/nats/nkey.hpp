// NATS's keys (nkeys): Ed25519 seeds and public keys in base32 with a prefix and a checksum
// (github.com/nats-io/nkeys, README). Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace arc::nats {

// The user's seed (SU…, 58 characters) in the text of a seed file, which may have lines around it.
// Error (kind config): there is none. The text is in no message.
[[nodiscard]] Result<std::string> find_user_seed(std::string_view text);

// The user's public key (U…, 56 characters) that belongs to a seed. Error (kind config): not a
// user's seed, or damaged (its checksum).
[[nodiscard]] Result<std::string> public_key(std::string_view seed);

}  // namespace arc::nats
