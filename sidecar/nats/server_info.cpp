#include "nats/server_info.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <cstdlib>

#include "net/url.hpp"
#include "preflight/command.hpp"
#include "preflight/files.hpp"

namespace arc::nats {
namespace {

constexpr std::size_t kConfigLimit = 1U << 20U;
constexpr std::array<std::string_view, 1> kNames{"nats-server"};

std::optional<std::string> variable(const std::string& name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets variables
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

std::string url_at(std::string_view scheme, const std::string& host, std::int64_t port,
                   std::string_view path) {
    return port < 1 ? std::string{}
                    : fmt::format("{}://{}{}", scheme,
                                  host_and_port(host, static_cast<std::uint16_t>(port)), path);
}

std::string percent_encoded(std::string_view path) {
    std::string text;
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = std::isalnum(byte) != 0 || std::string_view{"/-._~"}.contains(c);
        text += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
    }
    return text;
}

void follow(Setting<Url>& setting, const std::string& server) {
    const auto url = parse_url(server, setting->scheme, 0);
    const std::string& where = setting.origin.where;
    const bool chosen = where.starts_with("ARC_") || where.starts_with("--");
    if (!url || chosen || !is_loopback(setting->host)) {
        return;
    }
    Url found = *url;
    if (found.scheme == "nats") {
        found.scheme = setting->scheme;  // only the connection shows whether it must be TLS
    }
    if (found.host == "0.0.0.0" || found.host == "::") {
        found.host = setting->host;
    }
    if (found != *setting) {
        setting.value = std::move(found);
        setting.origin.where = "the server's own configuration";
    }
}

}  // namespace

std::expected<ServerOptions, std::string> read_server(std::span<const std::string> command) {
    const ConfSources sources{
        .read = [](const std::string& path) { return preflight::read_config(path, kConfigLimit); },
        .variable = &variable};
    return preflight::find_server(command, kNames)
        .and_then([&](const preflight::ServerCommand& server) {
            return read_server_options(server.arguments, sources)
                .transform([&](ServerOptions options) {
                    options.program = server.program;
                    return options;
                });
        });
}

bool finds_server(std::span<const std::string> command) {
    return preflight::find_server(command, kNames).has_value();
}

std::string client_url_of(const ServerOptions& server) {
    return url_at("nats", server.host, server.port, "");
}

std::string monitor_url_of(const ServerOptions& server) {
    const bool tls = server.https_port != 0;
    return url_at(tls ? "https" : "http", server.http_host,
                  tls ? server.https_port : server.http_port, percent_encoded(server.base_path));
}

std::optional<ServerInfo> read_server_info(std::span<const std::string> command) {
    const auto server = read_server(command);
    return !server || server->only_tells
               ? std::nullopt
               : std::optional{ServerInfo{.url = client_url_of(*server),
                                          .monitor_url = monitor_url_of(*server)}};
}

void apply_server_info(const ServerInfo& info, Config& config) {
    follow(config_of(config).url, info.url);
    follow(config_of(config).monitor_url, info.monitor_url);
}

}  // namespace arc::nats
