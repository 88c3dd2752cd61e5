// PID 1's own lines on stderr. One write a line, so that lines never mix with the server's; never
// blocking, because a log that is not read must not keep a TERM from the server.
#pragma once

#include <string>
#include <string_view>

#include "base/log.hpp"
#include "init/sys.hpp"

namespace arc::init {

class Log {
public:
    Log(Sys& sys, LogFormat format) : sys_(sys), format_(format) {}

    // Writes the line to descriptor 2 if that takes it now; else the line is lost and counted, and
    // the next one that gets through says how many were.
    void say(LogLevel level, std::string_view text);

private:
    bool put(LogLevel level, std::string_view text);

    Sys& sys_;
    LogFormat format_;
    int lost_ = 0;
};

}  // namespace arc::init
