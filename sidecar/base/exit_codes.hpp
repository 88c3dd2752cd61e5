// The exit codes of all commands. None is 2, which Docker reserves for HEALTHCHECK.
#pragma once

namespace arc {

inline constexpr int kExitOk = 0;       // healthy or degraded; converged; printed
inline constexpr int kExitFailed = 1;   // unhealthy or still starting; not converged
inline constexpr int kExitUsage = 64;   // the command line is wrong (sysexits EX_USAGE)
inline constexpr int kExitConfig = 78;  // the configuration is wrong (sysexits EX_CONFIG)
// run: the command exists but cannot be executed, as in a shell
inline constexpr int kExitNotExecutable = 126;
inline constexpr int kExitNotFound = 127;    // run: no such command, as in a shell
inline constexpr int kExitSignalBase = 128;  // run: 128 + the signal that ended the server

}  // namespace arc
