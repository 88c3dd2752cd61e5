// The results that the agent stores in the state directory (/run/arc, a tmpfs of the container) for
// `check`, which is another process. The agent replaces files atomically, so a reader sees the old
// or the new one. A missing or damaged file, or a file of another user, means "no agent".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "health/verdict.hpp"

namespace arc {

// The progress of the bootstrap.
enum class Phase {
    pending,    // the server is starting, or the agent is still creating declared objects
    converged,  // every declared object exists as declared
    drift,      // an object differs, and the agent may not change it
    failing,    // did not converge in time; the agent retries at intervals
};

[[nodiscard]] const char* to_string(Phase phase) noexcept;

struct AgentState {
    Phase phase = Phase::pending;
    std::string detail;         // one line: the reason why it has not converged
    std::int64_t since_ms = 0;  // boottime_ms() at the start of the phase
};

// The result of a canary: a test write of the agent during a deep probe.
struct CanaryResult {
    Level level = Level::ok;  // degraded: the agent could not write
    std::string text;
};

// The result of the last deep probe. Only the agent makes deep probes, because they are expensive
// for the server. `check` uses a recent result.
struct DeepResult {
    Level level = Level::unhealthy;
    std::string text;                                   // "/brokers/health answered ok in 31 ms"
    std::int64_t at_ms = 0;                             // boottime_ms() when it ended
    std::optional<CanaryResult> canary = std::nullopt;  // if it is configured
    std::int64_t ok_at_ms = 0;                          // at_ms of the last ok; 0: none so far
};

// URLs from the server's command line and configuration, which the agent reads for `check`. The
// host is an address on which the server listens, or a wildcard. Empty: not known.
struct ServerInfo {
    std::string url;          // of clients
    std::string monitor_url;  // of its HTTP monitor
};

// Facts about a server when it last answered (health/restart.hpp). An agent needs them if it starts
// while the server hangs.
struct KnownRestart {
    RestartFacts facts;
    std::string server;  // identifies the run of the server: ARC_SERVER_STARTED
};

// Milliseconds on CLOCK_BOOTTIME, which is the same for all processes of the machine and is never
// set.
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

// The run of the server (ARC_SERVER_STARTED) whose stop has begun, so that its agent returns no
// stop token that the stop has taken. Empty: none.
[[nodiscard]] std::string read_leaving(const std::string& directory, const std::string& service);
[[nodiscard]] Result<void> write_leaving(const std::string& directory, const std::string& service,
                                         const std::string& server);

// ARC_SERVER_STARTED, which identifies the run of the server that PID 1 started; empty if PID 1 did
// not start it.
[[nodiscard]] std::string server_run();

// The level if the server does not answer or a declared object is missing: starting while the
// bootstrap is pending, otherwise unhealthy.
[[nodiscard]] Level absent_level(const std::optional<AgentState>& state) noexcept;

}  // namespace arc
