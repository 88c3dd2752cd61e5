#include "net/openssl_start.hpp"

#include <openssl/ssl.h>
#include <sys/random.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace {

thread_local bool postponed = false;

}  // namespace

// The linker sends each call of these two OpenSSL functions here (--wrap in
// cmake/dependencies.cmake); the names are its own.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {

int __real_OPENSSL_init_ssl(std::uint64_t options, const OPENSSL_INIT_SETTINGS* settings);

int __wrap_OPENSSL_init_ssl(std::uint64_t options, const OPENSSL_INIT_SETTINGS* settings) {
    return postponed ? 1 : __real_OPENSSL_init_ssl(options, settings);
}

// cnats takes eight random bytes for its inbox names when it starts, and making and seeding
// OpenSSL's generators for them costs as much as the rest of a check. The kernel's bytes are what
// those are seeded with. 1 is success, as OpenSSL has it.
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
