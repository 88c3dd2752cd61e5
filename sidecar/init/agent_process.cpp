#include "init/agent_process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace arc::init {

Environment agent_environment(const Environment& own, pid_t server, Time server_started,
                              std::optional<LogFormat> format, const std::vector<int>& kept) {
    constexpr std::array<std::string_view, 4> replaced{
        "ARC_SERVER_PID=", "ARC_SERVER_STARTED=", "ARC_LOG_FORMAT=", "ARC_KEPT_SOCKETS="};
    Environment env;
    for (const std::string& entry : own) {
        if (std::ranges::none_of(replaced,
                                 [&](std::string_view name) { return entry.starts_with(name); })) {
            env.push_back(entry);
        }
    }
    env.push_back(fmt::format("ARC_SERVER_PID={}", server));
    env.push_back(fmt::format("ARC_SERVER_STARTED={}", server_started.count()));
    if (format) {
        env.push_back(fmt::format("ARC_LOG_FORMAT={}", to_string(*format)));
    }
    if (kept.size() == 2) {
        env.push_back(fmt::format("ARC_KEPT_SOCKETS={}:{}", kept.front(), kept.back()));
    }
    return env;
}

Launch agent_launch(const Options& options, Environment env, const sigset_t& mask) {
    Launch launch;
    // This binary, even if its file was replaced since the start.
    launch.candidates = {"/proc/self/exe"};
    // Without /proc: the absolute path in ENTRYPOINT.
    launch.candidates.emplace_back(::program_invocation_name);
    launch.argv = {"arc-sidecar", "agent", "--service", std::string{options.service->name}};
    launch.env = std::move(env);
    launch.mask = mask;
    ::sigaddset(&launch.mask, kExplain);
    launch.null_stdin = true;
    launch.dies_with_parent = true;
    return launch;
}

Launch leave_launch(const Options& options, Environment env, const sigset_t& mask, Time within) {
    Launch launch = agent_launch(options, std::move(env), mask);
    launch.argv = {"arc-sidecar", "leave",
                   "--service",   std::string{options.service->name},
                   "--within",    fmt::format("{}ms", within.count())};
    return launch;
}

}  // namespace arc::init
