// The setting `listen`. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace arc {

// The port of /metrics and the probes of a service that has no usual one, and of one whose usual
// port is the server's own.
inline constexpr std::uint16_t kFallbackPort = 7777;

struct Listen {
    enum class Kind {
        automatic,  // the service's usual port, on every address
        off,
        at,  // what follows
    };
    Kind kind = Kind::automatic;
    std::string address;     // a literal one; empty: every address of the machine
    std::uint16_t port = 0;  // 1..65535

    [[nodiscard]] bool operator==(const Listen&) const = default;
};

// "auto", "off", "9121", "127.0.0.1:9121" or "[::1]:9121". Error (kind config): none of these.
[[nodiscard]] Result<Listen> parse_listen(std::string_view text);

// What parse_listen() reads as the same.
[[nodiscard]] std::string to_string(const Listen& listen);

}  // namespace arc
