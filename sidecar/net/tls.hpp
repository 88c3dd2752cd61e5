// TLS as a client, by OpenSSL, on non-blocking sockets and within the deadline. The same rules for
// every service: the peer is verified (chain and name) unless that is switched off, TLS 1.2 at
// least, and an error names what failed and what to set. OpenSSL is started by the first handshake,
// not before.
#pragma once

#include <sys/types.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "net/tcp.hpp"
#include "net/tls_options.hpp"

struct ssl_st;
struct ssl_ctx_st;
struct x509_st;

namespace arc {

// Shakes hands on the connected, non-blocking socket that `ssl` has; `host` is the host of the URL,
// `where` the peer for messages. Errors: tls (what failed and what to set), config (a file that
// cannot be read), timeout, unreachable.
[[nodiscard]] Result<void> tls_handshake(ssl_st* ssl, const TlsOptions& options,
                                         const std::string& host, const std::string& where,
                                         Deadline deadline);

// For libcurl, which shakes hands by itself: makes `context` verify as tls_handshake() does and
// remember in this thread what failed.
void tls_prepare(ssl_ctx_st* context, const TlsOptions& options, const std::string& host);

// Why the last handshake prepared in this thread failed; `words` are what the library said. Kind
// tls.
[[nodiscard]] Error tls_error(std::string_view words, const TlsOptions& options,
                              const std::string& host, const std::string& where);

// The names that a certificate is for, as RFC 6125 has them: the alternative names
// ("DNS:nats.example, IP:10.0.0.5"), or else the subject. As the peer wrote them: to be shown by
// shown(). About 1 KiB at most, what is behind is left out.
[[nodiscard]] std::string certificate_names(const x509_st* certificate);

// A server that wants a client certificate says so after the handshake (TLS 1.3): whether a
// library's words tell of it.
[[nodiscard]] bool wants_certificate(std::string_view words) noexcept;

// What OpenSSL noted in this thread, taken; for libraries that drop it.
[[nodiscard]] std::string tls_words();

// A connected socket, plain or with TLS. Both calls are as recv() and send(): bytes, 0 at the end,
// or -1 with errno, EAGAIN where the caller is to wait until the socket is ready for `waits_for`.
class Channel {
public:
    explicit Channel(Fd socket) noexcept : socket_(std::move(socket)) {}

    // Shakes hands. Errors as tls_handshake().
    [[nodiscard]] Result<void> start_tls(const TlsOptions& options, const std::string& host,
                                         const std::string& where, Deadline deadline);

    [[nodiscard]] ssize_t receive(std::span<char> buffer) noexcept;
    [[nodiscard]] ssize_t send(std::string_view bytes) noexcept;
    [[nodiscard]] int fd() const noexcept { return socket_.get(); }
    [[nodiscard]] short waits_for(short otherwise) const noexcept {
        return waits_for_ == 0 ? otherwise : waits_for_;
    }

    // What TLS said of the last failure, for people; empty for a plain socket.
    [[nodiscard]] const std::string& words() const noexcept { return words_; }

private:
    struct Free {
        void operator()(ssl_st* ssl) const noexcept;
    };
    ssize_t result(int returned) noexcept;

    Fd socket_;
    std::unique_ptr<ssl_st, Free> ssl_;
    short waits_for_ = 0;
    std::string words_;
};

}  // namespace arc
