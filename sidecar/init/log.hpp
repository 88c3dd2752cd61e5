// PID 1's own lines on stderr. One write a line, so that lines never mix with the server's; never
// blocking, because a log that nobody reads must not keep a TERM from the server.
#pragma once

#include <string>
#include <string_view>

#include "init/sys.hpp"

namespace arc::init {

enum class LogFormat { text, json };
enum class LogLevel { info, warning, error };

// One line with its line end: `arc-sidecar: text`, or an object with time, level, component and
// message. `component` says which of the two processes speaks: "init" or "agent". The text goes
// through shown(), since a command's name can hold anything; what is more than 1,900 bytes of it is
// cut.
[[nodiscard]] std::string format_line(LogFormat format, LogLevel level, std::string_view text,
                                      Time wall_clock, std::string_view component = "init");

class Log {
public:
    Log(Sys& sys, LogFormat format) : sys_(sys), format_(format) {}

    // Writes the line to descriptor 2 if that takes it now; else the line is lost and counted, and
    // the next one that gets through says how many were.
    void say(LogLevel level, std::string_view text);

private:
    bool put(const std::string& line);

    Sys& sys_;
    LogFormat format_;
    int lost_ = 0;
};

}  // namespace arc::init
