// A finding: one observation, its level, and the remedy. Pure; no I/O in this directory.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "health/code.hpp"

namespace arc {

// The effect of a restart of the server (restart.hpp).
enum class Restart {
    neither,  // none: a wrong password, a full disk, a lost quorum
    helps,    // solves the problem and loses nothing
    harms,    // loses data, even after an orderly stop
};

[[nodiscard]] std::string_view to_string(Restart restart) noexcept;

// A clause for the first line, from a sentence of the catalogue: without the period at its end, and
// without a capital article at its start.
[[nodiscard]] std::string clause(std::string_view sentence);

// What a finding does not state itself is taken from its row of the catalogue.
struct Finding {
    Code code;
    Level level = code->worst;
    // what was observed, and the cause, as a clause: "stream AGENT_EVENTS is missing"; with
    // `measured` and `wanted` only the name of what differs: "max_age of stream AGENT_EVENTS"
    std::string text = clause(code->meaning);
    std::string measured = {};  // NOLINT(readability-redundant-member-init): gcc demands these two
    std::string wanted = {};    // NOLINT(readability-redundant-member-init)
    // the remedy as full sentences; empty if there is nothing to do
    std::string advice{level == Level::ok ? std::string_view{} : code->remedy};
    // the server does not answer at all, so a restart may help (purpose.hpp)
    bool liveness = false;
    // the network path is missing (a name's address or a route), which the server cannot cause
    bool no_way = false;
    Restart restart = Restart::neither;  // set by apply_restart()
};

// "<text>. <advice>", or "<text> is <measured>, declared <wanted>. <advice>". Not redacted.
[[nodiscard]] std::string full_text(const Finding& finding);

// The finding with the remedy of `error`, if it has one.
[[nodiscard]] Finding with_remedy(Finding finding, const Error& error);

// The sidecar's own configuration cannot be read, because of `error`. The declaration is unknown,
// so the server is not called healthy. It is no reason to end the server.
[[nodiscard]] Finding misconfigured(const std::string& error);

// The sidecar lacked a descriptor, thread, port or memory (`text`), so it did not ask the server.
// Nothing is known of the server: the finding is `starting` while the server is being started
// (`absent`, the agent's absent_level()), later degraded. It is never about liveness.
[[nodiscard]] Finding shortage(std::string_view text, Level absent);

// A server that gave no usable answer. Silence has the level `absent`; another program on the port
// is always unhealthy. The text of an error about the configuration contains the remedy.
[[nodiscard]] Finding unanswered(Code code, const Error& error, Level absent);

}  // namespace arc
