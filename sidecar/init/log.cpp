#include "init/log.hpp"

#include <fmt/format.h>

namespace arc::init {

void Log::say(LogLevel level, std::string_view text) {
    if (lost_ > 0) {
        const std::string gap =
            fmt::format("{} lines before this one were lost: stderr was not read", lost_);
        if (!put(LogLevel::warning, gap)) {
            ++lost_;
            return;
        }
        lost_ = 0;
    }
    if (!put(level, text)) {
        ++lost_;
    }
}

bool Log::put(LogLevel level, std::string_view text) {
    const std::string line = format_line(format_, level, text, sys_.wall_clock(), "init");
    // O_NONBLOCK would also affect the server, which shares the open file. So this polls first. A
    // pipe that reports POLLOUT accepts PIPE_BUF bytes without blocking.
    pollfd out{.fd = 2, .events = POLLOUT, .revents = 0};
    if (sys_.poll(&out, 1, 0) != 1 || (out.revents & POLLOUT) == 0) {
        return false;
    }
    return sys_.write(2, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

}  // namespace arc::init
