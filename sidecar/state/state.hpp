// What the agent leaves in the state directory (/run/arc, a tmpfs of the container's own) for
// `check`, which is a process of its own. Files are replaced atomically; a reader sees the old one
// or the new one. A missing, foreign or torn file reads as "no agent".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "health/verdict.hpp"

namespace arc {

// How far the agent is with what is declared.
enum class Phase {
    pending,    // the server starts, or what is declared is being made; not yet given up
    converged,  // everything declared is there
    drift,      // there, but not as declared, and the difference is not one that may be changed
    failing,    // did not converge in time; tried again at intervals
};

[[nodiscard]] const char* to_string(Phase phase) noexcept;

struct AgentState {
    Phase phase = Phase::pending;
    std::string detail;         // one line: why not converged
    std::int64_t since_ms = 0;  // boottime_ms() at which the phase began
};

// What came of a write of our own beside a deep probe.
struct CanaryResult {
    Level level = Level::ok;  // degraded: it could not be tried
    std::string text;
};

// The result of the only deep probe that is made of a server: it costs the server much, so
// `check` reuses it while it is young.
struct DeepResult {
    Level level = Level::unhealthy;
    std::string text;                                   // "/brokers/health answered ok in 31 ms"
    std::int64_t at_ms = 0;                             // boottime_ms() when it ended
    std::optional<CanaryResult> canary = std::nullopt;  // where it was asked for
};

// What the agent read in its server's own command line and configuration, for `check`, which has
// only what was declared.
struct ServerInfo {
    std::uint16_t monitor_port = 0;  // of the server's HTTP monitor
    bool monitor_tls = false;
};

// What was known of a server when it last answered (health/restart.hpp), for an agent that is
// started beside one that hangs.
struct KnownRestart {
    RestartFacts facts;
    std::string server;  // which run of the server: ARC_SERVER_STARTED
};

// Milliseconds on CLOCK_BOOTTIME: one clock for all processes of the machine, which no one sets.
[[nodiscard]] std::int64_t boottime_ms() noexcept;

[[nodiscard]] std::optional<AgentState> read_agent_state(const std::string& directory,
                                                         const std::string& service);
[[nodiscard]] Result<void> write_agent_state(const std::string& directory,
                                             const std::string& service, const AgentState& state);

[[nodiscard]] std::optional<DeepResult> read_deep_result(const std::string& directory,
                                                         const std::string& service);
[[nodiscard]] Result<void> write_deep_result(const std::string& directory,
                                             const std::string& service, const DeepResult& result);

[[nodiscard]] std::optional<ServerInfo> read_server_info(const std::string& directory,
                                                         const std::string& service);
[[nodiscard]] Result<void> write_server_info(const std::string& directory,
                                             const std::string& service, const ServerInfo& info);

[[nodiscard]] std::optional<KnownRestart> read_known_restart(const std::string& directory,
                                                             const std::string& service);
[[nodiscard]] Result<void> write_known_restart(const std::string& directory,
                                               const std::string& service,
                                               const KnownRestart& known);

// The level of "nobody answers" and of "a declared object is absent": starting while the agent is
// still at it, otherwise unhealthy.
[[nodiscard]] Level absent_level(const std::optional<AgentState>& state) noexcept;

}  // namespace arc
