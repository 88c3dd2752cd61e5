// What listens on a port: the cause of a connection that failed without a clear reason. A server
// that requires TLS closes a plain connection without a message, and a plain server may wait for
// the end of a line that a TLS handshake does not have.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "net/url.hpp"

namespace arc {

// How the servers of a protocol are recognized.
struct Protocol {
    std::string_view name;  // "HTTP"
    // Sent to a server that neither greets a client nor answers the line "PING"; empty: it does.
    std::string_view question;
    // Whether a greeting or an answer begins as one of this protocol.
    bool (*speaks)(std::string_view first);
};

extern const Protocol kHttp;

// Those of the services. The registry defines it.
[[nodiscard]] std::span<const Protocol* const> protocols() noexcept;

// A connection as this process tried it.
struct Attempt {
    std::string host;
    std::uint16_t port = 0;
    std::string_view protocol;  // the name
    bool tls = false;           // it begins with a TLS handshake
    std::string setting;        // of the address: "ARC_CACHE_URL"
    // The remedies for a peer that requires TLS, and for one that does not use it: "Set
    // ARC_CACHE_URL to caches://127.0.0.1:1."
    std::string if_tls;
    std::string if_plain;
};

// With the scheme as the remedy. `setting` is that of the URL: "ARC_CACHE_URL".
[[nodiscard]] Attempt attempt_of(const Url& url, std::string_view protocol,
                                 std::string_view plain_scheme, std::string_view tls_scheme,
                                 std::string_view setting);

// The time that a connection gets before explain_failure() needs the rest of `deadline`.
[[nodiscard]] Deadline first_answer_by(Deadline deadline) noexcept;

// `error` of the attempt, or its cause as the listener shows it, if `error` may come from a peer of
// another kind: tls, with the remedy, protocol, or rejected. Connects again, with each question and
// with a TLS handshake that verifies nothing.
[[nodiscard]] Error explain_failure(Error error, const Attempt& attempt, Deadline deadline);

}  // namespace arc
