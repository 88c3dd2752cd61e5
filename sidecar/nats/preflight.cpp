// nats-server: its monitor, its store. Flags and names by `nats-server --help` and its
// configuration's documentation.
#include "nats/preflight.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <expected>
#include <filesystem>

#include "base/ascii.hpp"
#include "base/units.hpp"
#include "nats/config.hpp"
#include "nats/server_config.hpp"
#include "nats/server_info.hpp"
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

// What the server will do, flags before file.
struct NatsServer {
    std::string program;      // as it was typed
    std::string config_file;  // empty: none
    bool jetstream = false;
    std::string monitor;                        // "8222", "127.0.0.1:8223"; empty or port 0: off
    std::string monitor_tls;                    // the same, of the https one
    std::string store = "/tmp/nats/jetstream";  // nats-server's default; else <store_dir>/jetstream
    std::int64_t max_memory = 0;                // max_memory_store; 0: not said
    // --version, --help, -t: it exits at once and uses no store
    bool only_tells = false;
};

std::string absolute(const std::string& path) {
    std::error_code failed;
    return fs::absolute(path, failed).lexically_normal().string();
}

const std::string* first_of(const FlatConfig& config,
                            std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        if (const auto found = config.find(name); found != config.end()) {
            return &found->second;
        }
    }
    return nullptr;
}

// "8222", "127.0.0.1:8223", "0.0.0.0:8222"; 0 and empty are off. With -1 the server chooses an
// unknown port.
std::string_view port_of(std::string_view address) {
    return address.substr(address.rfind(':') + 1);
}
bool is_on(std::string_view address) {
    return !address.empty() && port_of(address) != "0";
}
bool monitored(const NatsServer& server) {
    return is_on(server.monitor) || is_on(server.monitor_tls);
}

// "jetstream: enabled", in any case.
bool is_enabled(std::string_view text) {
    const std::string word = lower(text);
    return word == "enabled" || word == "enable" || parse_boolean(word).value_or(false);
}

void read_file(NatsServer& server, const FlatConfig& config) {
    const auto text = [&](std::initializer_list<std::string_view> names) {
        const std::string* found = first_of(config, names);
        return found == nullptr ? std::string{} : *found;
    };
    server.monitor = text({"http", "http_port", "monitor_port"});
    server.monitor_tls = text({"https", "https_port"});
    const std::string* jetstream = first_of(config, {"jetstream"});
    const std::string* enabled = first_of(config, {"jetstream.enabled", "jetstream.enable"});
    server.jetstream =
        jetstream != nullptr &&
        (*jetstream == "{}" ? enabled == nullptr || parse_boolean(*enabled).value_or(true)
                            : is_enabled(*jetstream));
    if (const std::string dir = text({"jetstream.store_dir", "jetstream.storedir",
                                      "jetstream.store", "store_dir", "storedir"});
        !dir.empty()) {
        server.store = absolute(dir + "/jetstream");
    }
    if (const auto* memory = first_of(config, {"jetstream.max_memory_store",
                                               "jetstream.max_mem_store", "jetstream.max_mem"})) {
        server.max_memory = parse_size(*memory).value_or(0);
    }
}

void read_flags(NatsServer& server, std::span<const std::string> arguments) {
    constexpr std::array<std::string_view, 2> monitor{"m", "http_port"};
    constexpr std::array<std::string_view, 2> monitor_tls{"ms", "https_port"};
    constexpr std::array<std::string_view, 2> jetstream{"js", "jetstream"};
    constexpr std::array<std::string_view, 2> store{"sd", "store_dir"};
    constexpr std::array<std::string_view, 6> telling{"v", "version", "h", "help", "help_tls", "t"};
    server.only_tells = has_switch(arguments, telling);
    server.monitor = flag_value(arguments, monitor).value_or(server.monitor);
    server.monitor_tls = flag_value(arguments, monitor_tls).value_or(server.monitor_tls);
    server.jetstream = server.jetstream || has_switch(arguments, jetstream);
    // an empty one counts as none
    if (const auto dir = flag_value(arguments, store); dir && !dir->empty()) {
        server.store = absolute(*dir + "/jetstream");
    }
}

// The error says what could not be read.
std::expected<NatsServer, std::string> read_server(const ServerCommand& command) {
    constexpr std::array<std::string_view, 2> config{"c", "config"};
    NatsServer server;
    server.program = command.program;
    if (const auto file = flag_value(command.arguments, config)) {
        const auto text = read_config(*file, kConfigLimit);
        if (!text) {
            return std::unexpected(*file + ": cannot be read");
        }
        server.config_file = *file;
        const fs::path folder = fs::path(*file).parent_path();
        const auto parsed = parse_nats_config(
            *text,
            {.include =
                 [&](std::string_view path) { return read_config(folder / path, kConfigLimit); },
             .variable = [](std::string_view name) { return variable(std::string(name)); }});
        if (!parsed.unread.empty()) {
            return std::unexpected(fmt::format("{}: {}", *file, parsed.unread));
        }
        read_file(server, parsed.values);
    }
    read_flags(server, command.arguments);
    return server;
}

constexpr std::array<std::string_view, 1> kNames{"nats-server"};

std::expected<NatsServer, std::string> find_and_read(std::span<const std::string> command) {
    return find_server(command, kNames).and_then(read_server);
}

Stores stores(std::span<const std::string> command) {
    const auto server = find_and_read(command);
    if (!server) {
        return std::nullopt;
    }
    return server->jetstream && !server->only_tells ? std::vector{server->store}
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
    if (!monitored(*server)) {
        report.refusals.push_back(fmt::format(
            "{}: the monitoring port is off, and without it no health and no metrics can be had: "
            "{}",
            server->config_file.empty() ? server->program : server->config_file,
            server->config_file.empty() ? "start it with -m 8222" : "add `http_port: 8222`"));
    }
    if (!server->jetstream) {
        return;  // without a store there is nothing more to lose
    }
    inspect_directory(server->store, kCodename, report);
    inspect_volume(server->store, *config_of(context.config).data_dir, "nats.data_dir", report);
    inspect_room(server->store, *config_of(context.config).min_free, report);
    inspect_memory(context, server->max_memory, "max_memory_store", report);
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
                                  .lock_range = 0};

std::optional<ServerInfo> read_server_info(std::span<const std::string> command) {
    const auto server = find_and_read(command);
    if (!server) {
        return std::nullopt;
    }
    const bool tls = !is_on(server->monitor) && is_on(server->monitor_tls);
    const auto port = parse_port(port_of(tls ? server->monitor_tls : server->monitor));
    return port ? std::optional{ServerInfo{.monitor_port = *port, .monitor_tls = tls}}
                : std::nullopt;
}

}  // namespace arc::nats
