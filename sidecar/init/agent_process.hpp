// The command and environment of the agent and of the stop gate. PID 1 starts the same binary with
// `agent --service S`.
#pragma once

#include <csignal>
#include <optional>
#include <string>

#include "init/options.hpp"
#include "init/spawn.hpp"

namespace arc::init {

// The agent's environment: that of PID 1, and these variables:
//   ARC_SERVER_PID      the server's process id in this pid namespace
//   ARC_SERVER_STARTED  the time of its exec, in milliseconds of CLOCK_BOOTTIME
//   ARC_LOG_FORMAT      text or json, as given to `run`; otherwise unset, since a variable
//   overrides
//                       the configuration file
//   ARC_KEPT_SOCKETS    "5:6", the ends of a socket pair that PID 1 holds open and never reads
//                       (agent/kept_socket.hpp); unset without a pair
// Pure.
[[nodiscard]] Environment agent_environment(const Environment& own, pid_t server,
                                            Time server_started, std::optional<LogFormat> format,
                                            const std::vector<int>& kept = {});

// PID 1 sends this signal to the agent if the server does not stop. The agent then logs the reason.
// The agent starts with the signal blocked.
inline constexpr int kExplain = SIGUSR1;

// The agent has its own process group, no terminal, no standard input, and PID 1's standard output
// and error. The kernel kills it if PID 1 exits.
[[nodiscard]] Launch agent_launch(const Options& options, Environment env, const sigset_t& mask);

// The stop gate of a cluster's member: the same, with `leave --service S --within MS`.
[[nodiscard]] Launch leave_launch(const Options& options, Environment env, const sigset_t& mask,
                                  Time within);

}  // namespace arc::init
