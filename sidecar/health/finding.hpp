// A finding: one thing that was looked at, how bad it is, and what to do about it. Pure data; no
// I/O in this directory.
#pragma once

#include <string>
#include <string_view>

#include "health/code.hpp"

namespace arc {

// What a restart of the server would do about it (restart.hpp).
enum class Restart {
    neither,  // nothing: a wrong password, a full disk, a lost quorum
    helps,    // mends it, and loses nothing
    harms,    // loses data, however orderly the stop
};

[[nodiscard]] std::string_view to_string(Restart restart) noexcept;

struct Finding {
    Code code;
    Level level = Level::ok;
    // NOLINTBEGIN(readability-redundant-member-init): gcc demands them in designated initializers
    std::string text = {};      // what was found, in one line: "stream AGENT_EVENTS is missing"
    std::string measured = {};  // the value on the server, where there is one: "24h"
    std::string wanted = {};    // the value that was declared: "168h"
    // what to do next: "see `arc-sidecar bootstrap --dry-run`"; empty when there is nothing to do
    std::string advice = {};
    // NOLINTEND(readability-redundant-member-init)
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
