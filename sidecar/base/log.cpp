#include "base/log.hpp"

#include <fmt/format.h>

#include <ctime>

#include "base/shown.hpp"

namespace arc {
namespace {

// Even if escapes double it, a line stays below PIPE_BUF (4,096 bytes). A write to a pipe is then
// atomic.
constexpr size_t kLongestText = 1900;

std::string json_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out + '"';
}

// RFC 3339 in UTC with milliseconds: 2026-01-31T12:00:00.123Z.
std::string timestamp(std::chrono::milliseconds wall_clock) {
    const std::time_t seconds = wall_clock.count() / 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       wall_clock.count() % 1000);
}

std::string_view to_string(LogLevel level) {
    switch (level) {
        case LogLevel::info:
            return "info";
        case LogLevel::warning:
            return "warning";
        case LogLevel::error:
            break;
    }
    return "error";
}

}  // namespace

std::string_view to_string(LogFormat format) noexcept {
    return format == LogFormat::json ? "json" : "text";
}

std::optional<LogFormat> parse_log_format(std::string_view text) noexcept {
    for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
        if (text == to_string(format)) {
            return format;
        }
    }
    return std::nullopt;
}

std::string format_line(LogFormat format, LogLevel level, std::string_view text,
                        std::chrono::milliseconds wall_clock, std::string_view component) {
    const std::string clean = clipped(shown(text), kLongestText);
    if (format == LogFormat::text) {
        return "arc-sidecar: " + clean + '\n';
    }
    return fmt::format("{{\"time\":\"{}\",\"level\":\"{}\",\"component\":\"{}\",\"message\":{}}}\n",
                       timestamp(wall_clock), to_string(level), component, json_string(clean));
}

}  // namespace arc
