// Where the agent answers over HTTP: finds a free address, and runs the HTTP server there.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/collector.hpp"
#include "agent/kept_socket.hpp"
#include "agent/resources.hpp"
#include "agent/routes.hpp"
#include "config/config.hpp"
#include "service.hpp"

namespace arc::agent {

// The words of a process, by its number or "self"; empty for none.
[[nodiscard]] std::vector<std::string> command_of(const std::string& pid);

// The words of the process that PID 1 started as the server (ARC_SERVER_PID); empty without one.
[[nodiscard]] std::vector<std::string> server_command();

class Endpoint {
public:
    using Say = std::function<void(bool warning, const std::string& line)>;

    // All must outlive it. `phase` and `say` are called on other threads, too.
    Endpoint(const Service& service, const Config& config, agent::VerdictCache& verdicts,
             const Resources& resources, std::function<std::optional<Phase>()> phase, Say say);

    // Listens where the setting says, else where it can (http/listen.hpp), and says so. Does
    // nothing once it serves, or where it is off; an attempt that fails, also for want of a thread,
    // is said once.
    void open();

private:
    [[nodiscard]] std::optional<http::ListenAddress> listen(Fd& socket);
    void serve(Fd socket, std::optional<Monitor> monitor);

    const Service& service_;
    const Config& config_;
    agent::VerdictCache& verdicts_;
    Resources resources_;
    Say say_;
    agent::Collector collector_;
    KeptSocket kept_;
    std::unique_ptr<Routes> routes_;
    std::unique_ptr<http::Server> server_;
    bool failed_ = false;
};

}  // namespace arc::agent
