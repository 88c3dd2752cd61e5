#include "nats/nkey.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace arc::nats {
namespace {

using Bytes = std::vector<std::uint8_t>;

// RFC 4648, without padding
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t kSeedCharacters = 58;  // of 2 + 32 + 2 bytes
constexpr std::uint8_t kUser = 20U << 3U;    // reads as U
constexpr std::uint8_t kSeed = 18U << 3U;    // reads as S

std::optional<Bytes> from_base32(std::string_view text) {
    Bytes bytes;
    std::uint32_t buffer = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const std::size_t value = kAlphabet.find(c);
        if (value == std::string_view::npos) {
            return std::nullopt;
        }
        buffer = (buffer << 5U) | static_cast<std::uint32_t>(value);
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            bytes.push_back(static_cast<std::uint8_t>(buffer >> bits));
            buffer &= (1U << bits) - 1U;
        }
    }
    return bytes;
}

std::string to_base32(const Bytes& bytes) {
    std::string text;
    std::uint32_t buffer = 0;
    unsigned bits = 0;
    for (const std::uint8_t byte : bytes) {
        buffer = (buffer << 8U) | byte;
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            text += kAlphabet[(buffer >> bits) & 31U];
        }
        buffer &= (1U << bits) - 1U;
    }
    if (bits > 0) {
        text += kAlphabet[(buffer << (5U - bits)) & 31U];
    }
    return text;
}

// CRC-16/XMODEM.
std::uint16_t checksum(std::span<const std::uint8_t> bytes) {
    std::uint32_t crc = 0;
    for (const std::uint8_t byte : bytes) {
        crc ^= static_cast<std::uint32_t>(byte) << 8U;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc & 0x8000U) != 0 ? (crc << 1U) ^ 0x1021U : crc << 1U;
        }
    }
    return static_cast<std::uint16_t>(crc);
}

void append_checksum(Bytes& bytes) {
    const std::uint16_t crc = checksum(bytes);
    bytes.push_back(static_cast<std::uint8_t>(crc & 0xFFU));
    bytes.push_back(static_cast<std::uint8_t>(crc >> 8U));
}

// The 32 bytes in it; nothing where prefix, length or checksum are wrong.
std::optional<Bytes> raw_seed(std::string_view seed) {
    auto bytes = seed.size() == kSeedCharacters ? from_base32(seed) : std::nullopt;
    if (!bytes || bytes->size() != 36) {
        return std::nullopt;
    }
    const std::span<const std::uint8_t> all{*bytes};
    const bool user =
        (all[0] & 0xF8U) == kSeed && (((all[0] & 7U) << 5U) | (all[1] >> 3U)) == kUser;
    const auto crc = static_cast<std::uint16_t>(all[34] | (all[35] << 8U));
    if (!user || crc != checksum(all.first(34))) {
        return std::nullopt;
    }
    return Bytes(bytes->begin() + 2, bytes->begin() + 34);
}

}  // namespace

Result<std::string> find_user_seed(std::string_view text) {
    while (!text.empty()) {
        const std::string_view token = text.substr(0, text.find_first_of(" \t\r\n\v\f"));
        if (token.size() == kSeedCharacters && token.starts_with("SU")) {
            return std::string(token);
        }
        text.remove_prefix(std::min(token.size() + 1, text.size()));
    }
    return fail(ErrorKind::config, "has no user seed (SU and 56 more characters)");
}

Result<std::string> public_key(std::string_view seed) {
    auto raw = raw_seed(seed);
    if (!raw) {
        return fail(ErrorKind::config,
                    "is not a user's seed, or is damaged: its checksum is wrong");
    }
    std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES> shown{};
    std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> hidden{};
    crypto_sign_seed_keypair(shown.data(), hidden.data(), raw->data());
    sodium_memzero(hidden.data(), hidden.size());
    sodium_memzero(raw->data(), raw->size());
    Bytes bytes{kUser};
    bytes.insert(bytes.end(), shown.begin(), shown.end());
    append_checksum(bytes);
    return to_base32(bytes);
}

}  // namespace arc::nats
