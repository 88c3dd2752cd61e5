// TLS for cnats within the deadline. cnats shakes hands on a blocking socket, and once connected it
// waits without end for the rest of a record. The linker sends two of its calls here (--wrap in
// cmake/dependencies.cmake): the handshake becomes net/tls.hpp's, and "more bytes are needed"
// becomes what a plain non-blocking socket says, so that cnats comes back to our loop.
#pragma once

#include <optional>
#include <string>

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "net/tls.hpp"

namespace arc::nats {

// While it lives, handshakes that cnats begins in this thread are made with these options. Without
// one they fail at once.
class TlsBridge {
public:
    // `options` must outlive it.
    TlsBridge(const TlsOptions& options, std::string host, std::string where,
              Deadline deadline) noexcept;
    ~TlsBridge();
    TlsBridge(const TlsBridge&) = delete;
    TlsBridge& operator=(const TlsBridge&) = delete;

    // For the linker's side: cnats asks for the handshake. 1 when it is done, -1 when it failed.
    [[nodiscard]] int shake_hands(ssl_st* ssl);

    // Why the handshake failed; nothing when there was none, or a good one.
    [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }

    // A handshake was made: the connection is (or was) encrypted.
    [[nodiscard]] bool encrypted() const noexcept { return encrypted_; }

private:
    const TlsOptions& options_;
    std::string host_;
    std::string where_;
    Deadline deadline_;
    bool encrypted_ = false;
    std::optional<Error> error_;
};

}  // namespace arc::nats
