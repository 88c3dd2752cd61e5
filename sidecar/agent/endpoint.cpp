#include "agent/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "base/secrets.hpp"

namespace arc::agent {
namespace {

// The ports of the server, where it is on this machine.
std::vector<std::uint16_t> servers_ports(const Service& service, const Config& config) {
    std::vector<Url> urls = service.urls(config);
    std::erase_if(urls, [](const Url& url) { return !is_loopback(url.host); });
    std::vector<std::uint16_t> ports;
    std::ranges::transform(urls, std::back_inserter(ports), &Url::port);
    return ports;
}

std::string why_not(const Service& service, const Config& config, std::uint16_t port,
                    std::span<const std::uint16_t> taken) {
    if (!std::ranges::contains(taken, port)) {
        return {};
    }
    const bool monitor = service.monitor != nullptr && port == service.monitor(config).url.port;
    return fmt::format("port {} is the server's own{}", port, monitor ? " monitor" : "");
}

}  // namespace

std::vector<std::string> server_command() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets variables
    const char* pid = std::getenv("ARC_SERVER_PID");
    return command_of(pid == nullptr ? "0" : pid);
}

std::vector<std::string> command_of(const std::string& pid) {
    constexpr std::size_t kLimit = std::size_t{64} * 1024;
    const auto text = read_whole(fmt::format("/proc/{}/cmdline", pid), kLimit);
    std::vector<std::string> words;
    for (std::size_t at = 0; text && at < text->size();) {
        words.emplace_back(text->c_str() + at);
        at += words.back().size() + 1;
    }
    // The server may quote its own words.
    std::vector<const char*> pointers;
    std::ranges::transform(words, std::back_inserter(pointers), &std::string::c_str);
    keep_secrets_of_command(pointers);
    return words;
}

Endpoint::Endpoint(const Service& service, const Config& config, agent::VerdictCache& verdicts,
                   const Resources& resources, std::function<std::optional<Phase>()> phase, Say say)
    : service_(service),
      config_(config),
      verdicts_(verdicts),
      resources_(resources),
      say_(std::move(say)),
      collector_(service, config, verdicts, std::move(phase),
                 [this](const std::string& line) { say_(true, line); }) {}

std::optional<http::ListenAddress> Endpoint::listen(Fd& socket) {
    const auto wanted = http::wanted_address(*config_.listen, service_.listen_port);
    const auto taken = servers_ports(service_, config_);
    if (!wanted) {
        return std::nullopt;
    }
    std::string why = why_not(service_, config_, wanted->port, taken);
    for (const http::ListenAddress& address : http::candidates(*wanted, taken)) {
        Fd kept = kept_.take(http::to_string(address));
        auto opened = kept.get() >= 0 ? Result<Fd>{std::move(kept)} : http::listen_on(address);
        if (opened) {
            kept_.keep(*opened, http::to_string(address));
            if (!why.empty()) {
                say_(false, fmt::format("{}: answering /metrics on {} instead", why,
                                        http::to_string(address)));
            }
            socket = std::move(*opened);
            return address;
        }
        why += (why.empty() ? "" : "; ") + opened.error().text;
    }
    if (!std::exchange(failed_, true)) {
        say_(true,
             fmt::format("no port to answer /metrics and probes on: {}: free it, or set ARC_LISTEN",
                         why));
    }
    return std::nullopt;
}

void Endpoint::serve(Fd socket, std::optional<Monitor> monitor) {
    routes_ =
        std::make_unique<Routes>(Sources{.config = config_,
                                         .verdicts = verdicts_,
                                         .collector = collector_,
                                         .monitor = std::move(monitor),
                                         .max_passed = resources_.memory / http::kForwardShare});
    const http::ServerLimits limits{.connections = resources_.connections,
                                    .answers = resources_.memory / http::kAnswersShare};
    server_ = std::make_unique<http::Server>(std::move(socket), *routes_, limits);
}

void Endpoint::open() {
    Fd socket;
    const auto address = server_ ? std::nullopt : listen(socket);
    if (!address) {
        return;
    }
    // On the port that clients of the monitor expect, everything else is passed on to it.
    const bool is_wanted = address == http::wanted_address(*config_.listen, service_.listen_port);
    const auto monitor = is_wanted && service_.monitor != nullptr
                             ? std::optional{service_.monitor(config_)}
                             : std::nullopt;
    try {
        serve(std::move(socket), monitor);
    } catch (const std::system_error& error) {  // pids_limit: the next turn tries again
        server_.reset();
        if (!std::exchange(failed_, true)) {
            say_(true, fmt::format("no thread to answer /metrics and probes with: {}: raise the "
                                   "container's pids_limit",
                                   error.what()));
        }
        return;
    }
    say_(false,
         fmt::format("answering /metrics, /livez, /readyz, /startupz{} on {}{}",
                     has_stop_gate(service_, config_) ? ", /memberz and /stopz" : " and /memberz",
                     http::to_string(*address),
                     monitor ? fmt::format("; all else is passed on to {}", to_string(monitor->url))
                             : std::string{}));
}

}  // namespace arc::agent
