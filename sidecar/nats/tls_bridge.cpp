#include "nats/tls_bridge.hpp"

#include <fcntl.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <utility>

namespace {

thread_local arc::nats::TlsBridge* bridge = nullptr;

// Marks the connections whose handshake was made here: these are cnats's.
int mark() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier): the names are the linker's
extern "C" {

int __real_SSL_get_error(const SSL* ssl, int returned);

int __wrap_SSL_do_handshake(SSL* ssl) {
    return bridge == nullptr ? -1 : bridge->shake_hands(ssl);
}

// To WANT_READ and WANT_WRITE cnats answers by waiting without end; to a socket that would block it
// answers by returning to the event loop, or, while it still connects, by waiting until its own
// time-out.
int __wrap_SSL_get_error(const SSL* ssl, int returned) {
    const int error = __real_SSL_get_error(ssl, returned);
    const bool more = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    if (more && SSL_get_ex_data(ssl, mark()) != nullptr) {
        errno = EAGAIN;
        return SSL_ERROR_SYSCALL;
    }
    return error;
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)

namespace arc::nats {

TlsBridge::TlsBridge(const TlsOptions& options, std::string host, std::string where,
                     Deadline deadline) noexcept
    : options_(options), host_(std::move(host)), where_(std::move(where)), deadline_(deadline) {
    bridge = this;
}

TlsBridge::~TlsBridge() {
    bridge = nullptr;
}

int TlsBridge::shake_hands(SSL* ssl) {
    const int fd = SSL_get_fd(ssl);
    // cnats has just made it a blocking one
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    if (const auto done = tls_handshake(ssl, options_, host_, where_, deadline_); !done) {
        error_ = done.error();
        return -1;
    }
    encrypted_ = true;
    static int owner = 0;
    SSL_set_ex_data(ssl, mark(), &owner);
    return 1;
}

}  // namespace arc::nats
