// TCP connections within a deadline.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/deadline.hpp"
#include "base/error.hpp"

namespace arc {

// Owns a file descriptor. Closing a TCP socket never blocks here: none has SO_LINGER set.
class Fd {
public:
    Fd() = default;
    explicit Fd(int fd) noexcept : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd();

    [[nodiscard]] int get() const noexcept { return fd_; }

    // Returns the descriptor. The caller must close it.
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

private:
    int fd_ = -1;
};

// Connects to a literal address. The socket is non-blocking and close-on-exec.
// Errors: refused, timeout, unreachable, shortage (no descriptor or local port). The text names the
// address.
[[nodiscard]] Result<Fd> connect_tcp(const std::string& address, std::uint16_t port,
                                     Deadline deadline);

struct Connection {
    Fd socket;
    std::string address;  // the literal address that accepted
};

// Connects to the first of `addresses` that accepts. These are the addresses of `host`, in the
// order to try them, not empty. An error names all of them and has the kind of the last attempt.
[[nodiscard]] Result<Connection> connect_first(const std::string& host,
                                               const std::vector<std::string>& addresses,
                                               std::uint16_t port, Deadline deadline);

// The error if this process has no free descriptors or memory at the moment; nullopt otherwise.
// Used if a library failed without a reason. `what` describes the failed operation.
[[nodiscard]] std::optional<Error> own_shortage(std::string_view what);

// Resolves `host` and connects to the first of its addresses that accepts. An error names every
// address that was tried.
[[nodiscard]] Result<Fd> connect_host(const std::string& host, std::uint16_t port,
                                      Deadline deadline);

// Waits until `fd` is ready for `events` (POLLIN, POLLOUT) or has an error, which the next call
// reports. False after the deadline.
[[nodiscard]] bool wait_ready(int fd, short events, Deadline deadline) noexcept;

}  // namespace arc
