// The agent as PID 1 starts it: the same binary, `agent --service S`, beside the server.
#pragma once

#include <csignal>
#include <string>

#include "init/options.hpp"
#include "init/spawn.hpp"

namespace arc::init {

// What the agent is told of the server by its environment:
//   ARC_SERVER_PID      the server's process id in this pid namespace
//   ARC_SERVER_STARTED  when its exec worked, in milliseconds of CLOCK_BOOTTIME
//   ARC_LOG_FORMAT      text or json, whichever way `run` was told
//   ARC_KEPT_SOCKETS    "5:6", the ends of a socket pair that PID 1 holds open and never reads
//   (agent/kept_socket.hpp); absent without one
// The rest of PID 1's own environment passes through. Pure, given its arguments.
[[nodiscard]] Environment agent_environment(const Environment& own, pid_t server,
                                            Time server_started, LogFormat format,
                                            const std::vector<int>& kept = {});

// What PID 1 sends its agent when the server does not stop: the agent says why. Blocked in an agent
// from its first moment on.
inline constexpr int kExplain = SIGUSR1;

// The agent gets its own group, no terminal and no standard input, PID 1's standard output and
// error, and dies with PID 1.
[[nodiscard]] Launch agent_launch(const Options& options, Environment env, const sigset_t& mask);

}  // namespace arc::init
