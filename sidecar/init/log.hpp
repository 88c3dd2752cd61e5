// PID 1's log lines on standard error. Each line is one write(), so it never mixes with lines of
// the server. Logging never blocks: a full pipe must not delay a TERM to the server.
#pragma once

#include <string>
#include <string_view>

#include "base/log.hpp"
#include "init/sys.hpp"

namespace arc::init {

class Log {
public:
    Log(Sys& sys, LogFormat format) : sys_(sys), format_(format) {}

    // The format of the following lines.
    void set_format(LogFormat format) noexcept { format_ = format; }

    // Writes the line to descriptor 2. If that would block, the line is lost. The next line that is
    // written reports the number of lost lines.
    void say(LogLevel level, std::string_view text);

private:
    bool put(LogLevel level, std::string_view text);

    Sys& sys_;
    LogFormat format_;
    int lost_ = 0;
};

}  // namespace arc::init
