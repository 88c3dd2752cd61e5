// TLS for clients with OpenSSL, on non-blocking sockets and within a deadline. All services use the
// same rules: TLS 1.2 or later, and verification of the peer's chain and name unless it is switched
// off. An error names the cause and the setting to change. The first handshake initializes OpenSSL.
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

// Performs the handshake on the connected, non-blocking socket of `ssl`. `host` is the host of the
// URL, `where` the peer for messages. Errors: tls (the cause and the setting to change), config (a
// file cannot be read), timeout, unreachable.
[[nodiscard]] Result<void> tls_handshake(ssl_st* ssl, const TlsOptions& options,
                                         const std::string& host, const std::string& where,
                                         Deadline deadline);

// For libcurl, which performs the handshake itself: makes `context` verify the peer as
// tls_handshake() does, and record the failure for tls_error() in this thread.
void tls_prepare(ssl_ctx_st* context, const TlsOptions& options, const std::string& host);

// The reason why the last handshake prepared in this thread failed. `message` is the library's
// message. The kind is tls, or unreachable if the peer closed the connection without an alert.
[[nodiscard]] Error tls_error(std::string_view message, const TlsOptions& options,
                              const std::string& host, const std::string& where);

// The names in a certificate (RFC 6125): the alternative names ("DNS:nats.example, IP:10.0.0.5"),
// or the subject if there are none. It omits names after about 1 KiB. The peer wrote the text, so
// output must use shown().
[[nodiscard]] std::string certificate_names(const x509_st* certificate);

// Whether a library's message means that the server requires a client certificate. With TLS 1.3 the
// server reports this after the handshake.
[[nodiscard]] bool wants_certificate(std::string_view message) noexcept;

// Takes the reason from OpenSSL's error queue of this thread. For libraries that do not report it.
[[nodiscard]] std::string tls_words();

// A connected socket, plain or with TLS. receive() and send() return what recv() and send() return:
// bytes, 0 at the end, or -1 with errno. After EAGAIN the caller waits until the socket is ready
// for waits_for().
class Channel {
public:
    explicit Channel(Fd socket) noexcept : socket_(std::move(socket)) {}

    // Performs the handshake. Errors as in tls_handshake().
    [[nodiscard]] Result<void> start_tls(const TlsOptions& options, const std::string& host,
                                         const std::string& where, Deadline deadline);

    [[nodiscard]] ssize_t receive(std::span<char> buffer) noexcept;
    [[nodiscard]] ssize_t send(std::string_view bytes) noexcept;
    [[nodiscard]] int fd() const noexcept { return socket_.get(); }
    [[nodiscard]] short waits_for(short otherwise) const noexcept {
        return waits_for_ == 0 ? otherwise : waits_for_;
    }

    // TLS's message for the last error; empty for a plain socket.
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
