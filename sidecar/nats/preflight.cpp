// nats-server: its monitor, its store. Flags and names by `nats-server --help` and its
// configuration's documentation.
#include "nats/preflight.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <expected>
#include <filesystem>

#include "nats/config.hpp"
#include "nats/server_info.hpp"
#include "nats/server_options.hpp"
#include "net/url.hpp"
#include "preflight/command.hpp"
#include "preflight/files.hpp"

namespace arc::nats {

using namespace preflight;

namespace {

namespace fs = std::filesystem;
// of the platform's make targets
constexpr std::string_view kCodename = "flash";
constexpr std::size_t kConfigLimit = 1U << 20U;

std::string absolute(const std::string& path) {
    std::error_code failed;
    return fs::absolute(path, failed).lexically_normal().string();
}

constexpr std::array<std::string_view, 1> kNames{"nats-server"};

// The error says what could not be read.
std::expected<ServerOptions, std::string> find_and_read(std::span<const std::string> command) {
    const ConfSources sources{
        .read = [](const std::string& path) { return read_config(path, kConfigLimit); },
        .variable = [](const std::string& name) -> std::optional<std::string> {
            // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets variables
            const char* value = std::getenv(name.c_str());
            return value == nullptr ? std::nullopt : std::optional<std::string>{value};
        }};
    return find_server(command, kNames).and_then([&](const ServerCommand& server) {
        return read_server_options(server.arguments, sources);
    });
}

Stores stores(std::span<const std::string> command) {
    const auto server = find_and_read(command);
    if (!server) {
        return std::nullopt;
    }
    return server->jetstream && !server->only_tells ? std::vector{absolute(server->store)}
                                                    : std::vector<std::string>{};
}

std::optional<std::string> named_volume(std::span<const std::string> command) {
    return spoken_value(command, "store_dir")
        .or_else([&] { return spoken_value(command, "-sd"); })
        .transform(absolute);
}

void inspect(const Context& context, Report& report) {
    const auto server = find_and_read(context.command);
    if (!server) {
        inspect_unread(context, server.error(), "nats-server -c /etc/nats/nats-server.conf",
                       report);
        return;
    }
    if (server->only_tells) {
        return;
    }
    if (server->http_port == 0 && server->https_port == 0) {
        report.refusals.push_back(fmt::format(
            "{}: the monitoring port is off, and without it no health and no metrics can be had: "
            "{}",
            server->config_file.empty() ? find_server(context.command, kNames)->program
                                        : server->config_file,
            server->config_file.empty() ? "start it with -m 8222" : "add `http_port: 8222`"));
    }
    if (!server->jetstream) {
        return;  // without a store there is nothing more to lose
    }
    const std::string store = absolute(server->store);
    inspect_directory(store, kCodename, report);
    inspect_volume(store, *config_of(context.config).data_dir, "nats.data_dir", report);
    inspect_room(store, *config_of(context.config).min_free, report);
    inspect_memory(context, server->max_memory, "max_memory_store", report);
}

// host:port as the server's own messages write it.
std::string address(const std::string& host, std::int64_t port) {
    return fmt::format(fmt::runtime(host.contains(':') ? "[{}]:{}" : "{}:{}"), host, port);
}

std::string monitor_of(const ServerOptions& server) {
    const bool tls = server.https_port != 0;
    return fmt::format("{}://{}{}", tls ? "https" : "http",
                       address(server.http_host, tls ? server.https_port : server.http_port),
                       server.base_path);
}

Settings settings(std::span<const std::string> command) {
    const auto server = find_and_read(command);
    if (!server) {
        return std::unexpected(server.error());
    }
    if (server->only_tells) {
        return Settings{};
    }
    const bool monitored = server->http_port != 0 || server->https_port != 0;
    return Settings{{{"client", address(server->host, server->port)},
                     {"tls", server->tls ? "yes" : "no"},
                     {"monitor", monitored ? monitor_of(*server) : "off"},
                     {"store", server->jetstream ? absolute(server->store) : "none"},
                     {"max_memory_store", std::to_string(server->max_memory)},
                     {"server_name", server->server_name}}};
}

const std::string& data_dir(const Config& config) {
    return *config_of(config).data_dir;
}

}  // namespace

extern constexpr Hooks kPreflight{.inspect = &inspect,
                                  .stores = &stores,
                                  .named_volume = &named_volume,
                                  .data_dir = &data_dir,
                                  .codename = kCodename,
                                  .lock_range = 0,
                                  .settings = &settings};

std::optional<ServerInfo> read_server_info(std::span<const std::string> command) {
    const auto server = find_and_read(command);
    if (!server) {
        return std::nullopt;
    }
    const bool tls = server->https_port != 0;
    const auto port = parse_port(std::to_string(tls ? server->https_port : server->http_port));
    return port ? std::optional{ServerInfo{.monitor_port = *port, .monitor_tls = tls}}
                : std::nullopt;
}

}  // namespace arc::nats
