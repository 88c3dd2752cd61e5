// Errors are values: a function that can fail returns Result<T>, and only the command at the edge
// turns an error into words and an exit code.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace arc {

// What kind of thing went wrong, for code that decides; the text is for people.
enum class ErrorKind {
    timeout,      // the deadline passed first
    refused,      // the address answered: nobody listens there
    unreachable,  // no route, reset, or the peer closed before it answered
    unresolved,   // the name has no address, or no resolver answered
    tls,          // TLS failed: a certificate, a name, a peer that does not speak it
    auth,         // the server wants credentials, or did not take those it got
    permission,   // the credentials are good and do not allow this
    protocol,     // the peer answered something that this protocol does not allow
    rejected,     // the server understood and said no
    config,       // the configuration is wrong
    io,           // a local file or system call failed
    // this process has no descriptor, thread, port or memory left: nothing is known of the peer
    shortage,
};

[[nodiscard]] std::string_view to_string(ErrorKind kind) noexcept;

// Nothing answered at all. The other kinds come from somebody who did, or from ourselves.
[[nodiscard]] constexpr bool is_silence(ErrorKind kind) noexcept {
    return kind == ErrorKind::timeout || kind == ErrorKind::refused ||
           kind == ErrorKind::unreachable || kind == ErrorKind::unresolved;
}

// Of a silence: the way to the peer is missing, a name's address or a route.
[[nodiscard]] constexpr bool is_no_way(ErrorKind kind) noexcept {
    return kind == ErrorKind::unreachable || kind == ErrorKind::unresolved;
}

// Whether an errno says that something of our own is used up, so that the peer was not asked:
// descriptors, memory, threads (pthread_create()).
[[nodiscard]] bool is_shortage(int code) noexcept;

// `text` says what and where, without a line end and without a secret.
struct Error {
    ErrorKind kind;
    std::string text;
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, std::string text) {
    return std::unexpected(Error{kind, std::move(text)});
}

}  // namespace arc
