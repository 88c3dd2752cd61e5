// A finding: one thing that was looked at, how bad it is, and what to do about it. Pure data; no
// I/O in this room.
#pragma once

#include <string>
#include <string_view>

namespace arc {

// In order of badness: the worst level among its findings is a verdict's level.
enum class Level {
    ok,         // as it should be
    degraded,   // works; somebody should look. `check` exits 0 (1 with --strict)
    starting,   // not ready yet and expected to become so by itself. `check` exits 1
    unhealthy,  // not fit for work. `check` exits 1
};

[[nodiscard]] std::string_view to_string(Level level) noexcept;

// What a restart of the server would do about it (restart.hpp).
enum class Restart {
    neither,  // nothing: a wrong password, a full disk, a lost quorum
    helps,    // mends it, and loses nothing
    harms,    // loses data, however orderly the stop
};

[[nodiscard]] std::string_view to_string(Restart restart) noexcept;

struct Finding {
    std::string code;  // stable and dotted: "nats.stream.missing"; scripts and overrides rely on it
    Level level = Level::ok;
    std::string text;      // what was found, in one line: "stream AGENT_EVENTS is missing"
    std::string measured;  // the value on the server, where there is one: "24h"
    std::string wanted;    // the value that was declared: "168h"
    // what to do next: "see `arc-sidecar bootstrap --dry-run`"; empty when there is nothing to do
    std::string advice;
    // it is about whether anything answers at all: unhealthy, a restart is what is left to do
    // (purpose.hpp)
    bool liveness = false;
    // the way there is missing, a name's address or a route: not the server's doing
    bool no_way = false;
    Restart restart = Restart::neither;  // set by apply_restart()
};

// Our own configuration cannot be read, because of `error`: what is declared is not known, so the
// server is not called fit. It is no reason to end the server.
[[nodiscard]] Finding misconfigured(const std::string& error);

}  // namespace arc
