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
#include "state/server_note.hpp"

namespace arc::agent {
namespace {

// The ports that the server has, where it is on this machine; of a nats-server its monitor's first.
std::vector<std::uint16_t> servers_ports(const Service& service, const Config& config) {
    std::vector<Url> urls{*config.redis.url};
    if (service.name == "nats") {
        urls = {*config.nats.monitor_url, *config.nats.url};
    } else if (service.name == "pulsar") {
        urls = {*config.pulsar.url, *config.pulsar.admin_url};
    }
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
    const bool monitor = service.name == "nats" && port == config.nats.monitor_url->port;
    return fmt::format("port {} is the server's own{}", port, monitor ? " monitor" : "");
}

}  // namespace

std::vector<std::string> server_command() {
    const char* pid = std::getenv(
        "ARC_SERVER_PID");  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
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
    const auto wanted = http::place_of(*config_.listen, service_.name);
    const auto taken = servers_ports(service_, config_);
    if (!wanted) {
        return std::nullopt;
    }
    std::string why = why_not(service_, config_, wanted->port, taken);
    for (const http::ListenAddress& place : http::candidates(*wanted, taken)) {
        Fd kept = kept_.take(http::to_string(place));
        auto opened = kept.get() >= 0 ? Result<Fd>{std::move(kept)} : http::listen_on(place);
        if (opened) {
            kept_.keep(*opened, http::to_string(place));
            if (!why.empty()) {
                say_(false, fmt::format("{}: answering /metrics on {} instead", why,
                                        http::to_string(place)));
            }
            socket = std::move(*opened);
            return place;
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

void Endpoint::serve(Fd socket, bool in_place) {
    front_ = std::make_unique<Routes>(
        Sources{.config = config_,
                .verdicts = verdicts_,
                .collector = collector_,
                .monitor = in_place ? std::optional{*config_.nats.monitor_url} : std::nullopt,
                .max_passed = resources_.memory / http::kPassedShare});
    const http::ServerLimits limits{.connections = resources_.connections,
                                    .answers = resources_.memory / http::kAnswersShare};
    server_ = std::make_unique<http::Server>(std::move(socket), *front_, limits);
}

void Endpoint::open() {
    Fd socket;
    const auto place = server_ ? std::nullopt : listen(socket);
    if (!place) {
        return;
    }
    // In the place of a nats-server's monitor everything else is the monitor's.
    const bool in_place =
        service_.name == "nats" && place == http::place_of(*config_.listen, service_.name);
    try {
        serve(std::move(socket), in_place);
    } catch (const std::system_error& error) {  // pids_limit: the next turn tries again
        server_.reset();
        if (!std::exchange(failed_, true)) {
            say_(true, fmt::format("no thread to answer /metrics and probes with: {}: raise the "
                                   "container's pids_limit",
                                   error.what()));
        }
        return;
    }
    say_(false, fmt::format("answering /metrics, /livez, /readyz and /startupz on {}{}",
                            http::to_string(*place),
                            in_place ? fmt::format("; all else is passed on to {}",
                                                   to_string(*config_.nats.monitor_url))
                                     : std::string{}));
}

}  // namespace arc::agent
