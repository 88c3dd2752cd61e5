// The format of the log lines of PID 1 and the agent. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace arc {

enum class LogFormat { text, json };
enum class LogLevel { info, warning, error };

// "text" or "json", and the inverse, which is empty for any other text.
[[nodiscard]] std::string_view to_string(LogFormat format) noexcept;
[[nodiscard]] std::optional<LogFormat> parse_log_format(std::string_view text) noexcept;

// One line with its line end: `arc-sidecar: text`, or a JSON object with time, level, component and
// message. `component` is the process that logs: "init" or "agent". `wall_clock` is the time since
// the epoch. format_line() passes the text through shown() and cuts it after 1,900 bytes.
[[nodiscard]] std::string format_line(LogFormat format, LogLevel level, std::string_view text,
                                      std::chrono::milliseconds wall_clock,
                                      std::string_view component);

}  // namespace arc
