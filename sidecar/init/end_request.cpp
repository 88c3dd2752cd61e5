#include "init/end_request.hpp"

#include <cerrno>

namespace arc::init {
namespace {

constexpr int kEnd = 0x454e44;  // "END"

}  // namespace

int ask_for_end(pid_t init) {
    return ::sigqueue(init, SIGTERM, sigval{.sival_int = kEnd}) == 0 ? 0 : errno;
}

bool is_end_request(const Received& signal, pid_t agent) noexcept {
    return signal.signo == SIGTERM && signal.queued && signal.value == kEnd && agent > 0 &&
           signal.sender == agent;
}

}  // namespace arc::init
