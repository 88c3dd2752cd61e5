#include "net/openssl_start.hpp"

#include <openssl/ssl.h>
#include <sys/random.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace {

thread_local bool postponed = false;

}  // namespace

// The linker redirects all calls of these two OpenSSL functions to this file (--wrap in
// cmake/dependencies.cmake). It also defines the names.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {

int __real_OPENSSL_init_ssl(std::uint64_t options, const OPENSSL_INIT_SETTINGS* settings);

int __wrap_OPENSSL_init_ssl(std::uint64_t options, const OPENSSL_INIT_SETTINGS* settings) {
    return postponed ? 1 : __real_OPENSSL_init_ssl(options, settings);
}

// At its start, cnats needs eight random bytes for the names of its inboxes. Seeding OpenSSL's
// generators for them costs as much as the rest of a check. So this function returns the kernel's
// random bytes, which would also seed the generators. As in OpenSSL, 1 means success.
int __wrap_RAND_bytes(unsigned char* buffer, int size) {
    std::size_t filled = 0;
    while (size > 0 && filled < static_cast<std::size_t>(size)) {
        const ssize_t got =
            ::getrandom(buffer + filled, static_cast<std::size_t>(size) - filled, 0);
        if (got < 0 && errno != EINTR) {
            return 0;
        }
        filled += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    return 1;
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)

namespace arc {

PostponeOpenSsl::PostponeOpenSsl() noexcept {
    postponed = true;
}

PostponeOpenSsl::~PostponeOpenSsl() {
    postponed = false;
}

}  // namespace arc
