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
// The rest of PID 1's own environment passes through. Pure, given its arguments.
[[nodiscard]] Environment agent_environment(const Environment& own, pid_t server, Time server_started, LogFormat format);

// What PID 1 sends its agent when the server does not stop: the agent says why. Blocked in an agent from its first moment on.
inline constexpr int kExplain = SIGUSR1;

// The agent gets its own group, no terminal and no standard input, PID 1's standard output and error, and dies with PID 1.
[[nodiscard]] Launch agent_launch(const Options& options, Environment env, const sigset_t& mask);

}  // namespace arc::init
