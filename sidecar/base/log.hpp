// The form of our own log lines, PID 1's and the agent's. Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace arc {

enum class LogFormat { text, json };
enum class LogLevel { info, warning, error };

// One line with its line end: `arc-sidecar: text`, or an object with time, level, component and
// message. `component` is the process that speaks: "init" or "agent". `wall_clock` is the time
// since the epoch. The text goes through shown(), since a command's name can hold anything; what
// exceeds 1,900 bytes is cut.
[[nodiscard]] std::string format_line(LogFormat format, LogLevel level, std::string_view text,
                                      std::chrono::milliseconds wall_clock,
                                      std::string_view component);

}  // namespace arc
