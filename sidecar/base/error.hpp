// Errors are values. A function that can fail returns Result<T>. Only the command itself converts
// an error into a message and an exit code.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace arc {

// The kind of an error. Code decides by the kind; Error::text is for people.
enum class ErrorKind {
    timeout,      // the deadline passed first
    refused,      // the address answered that no process listens there
    unreachable,  // no route, reset, or the peer closed the connection before it answered
    unresolved,   // the name has no address, or no resolver answered
    tls,          // TLS failed: a certificate, its name, or a peer without TLS
    auth,         // the server requires credentials, or rejected those it got
    permission,   // the server accepted the credentials, but they do not allow this
    protocol,     // the peer's answer violates the protocol
    rejected,     // the server understood the request and rejected it
    config,       // the configuration is wrong
    io,           // a local file or system call failed
    // This process has no descriptor, thread, port or memory left, so it did not ask the peer.
    shortage,
};

[[nodiscard]] std::string_view to_string(ErrorKind kind) noexcept;

// Whether the peer did not answer at all. The other kinds come from its answer or from this
// process.
[[nodiscard]] constexpr bool is_silence(ErrorKind kind) noexcept {
    return kind == ErrorKind::timeout || kind == ErrorKind::refused ||
           kind == ErrorKind::unreachable || kind == ErrorKind::unresolved;
}

// Whether there is no address or no route to the peer. Implies is_silence().
[[nodiscard]] constexpr bool is_no_way(ErrorKind kind) noexcept {
    return kind == ErrorKind::unreachable || kind == ErrorKind::unresolved;
}

// Whether an errno reports a shortage in this process: of descriptors, memory or buffers. Then it
// did not ask the peer.
[[nodiscard]] bool is_shortage(int code) noexcept;

// `text` describes the error and the peer or file, without a line end and without a secret.
// `remedy` is a sentence, or empty if the kind says all: "Set ARC_CACHE_URL to
// caches://127.0.0.1:1."
struct Error {
    ErrorKind kind;
    std::string text;
    std::string remedy = {};  // NOLINT(readability-redundant-member-init): gcc demands it
};

// "<text>. <remedy>"
[[nodiscard]] std::string full_text(const Error& error);

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, std::string text) {
    return std::unexpected(Error{kind, std::move(text)});
}

}  // namespace arc
