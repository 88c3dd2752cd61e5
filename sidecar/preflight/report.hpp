// What preflight says: reasons not to start the server, things that somebody should know, and locks
// that keep a second server off its data. A line each, for people and for PID 1, which reads them
// from the process that looks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"

namespace arc::preflight {

// A range of bytes of a directory that PID 1 locks before the server starts. store_lock.hpp says
// which and why.
struct Lock {
    std::string store;        // what the lock protects, absolute: for messages
    std::string directory;    // where it is taken, absolute
    std::int64_t first = 0;   // offset of the first byte, not negative
    std::int64_t length = 1;  // bytes, at least one

    friend bool operator==(const Lock&, const Lock&) = default;
};

struct Report {
    std::vector<std::string> refusals;  // starting would lose data or is bound to fail
    std::vector<std::string> warnings;  // it may start, and this will be missed later
    // what the server gets behind the arguments of its command
    // NOLINTNEXTLINE(readability-redundant-member-init): gcc demands it
    std::vector<std::string> arguments = {};
    std::vector<Lock> locks;
    // `locks` is complete, an empty list included; false in the words of a process that died too
    // early
    bool locks_named = false;
    // the setting `log_format`, for PID 1, which reads no file
    std::optional<LogFormat> log_format = std::nullopt;
    // the time for the stop gate and the drain of a cluster's member, for PID 1: milliseconds, more
    // than 0; nullopt: a stop has no gate
    std::optional<std::int64_t> stop_budget = std::nullopt;
};

// "log_format: json", "stop_budget: 105000", "lock: FIRST LENGTH STORE<tab>DIRECTORY", "locks:
// named", "arguments: ONE<tab>TWO", "refused: …" and "warning: …", each with its line end; a text
// never holds one. Pure.
[[nodiscard]] std::string to_lines(const Report& report);

// The inverse. A line that is none of these is left out: it may be the last words of a process that
// died. Pure.
[[nodiscard]] Report from_lines(std::string_view lines);

}  // namespace arc::preflight
