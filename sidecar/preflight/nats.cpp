// nats-server: its monitor, its store. Flags and names by `nats-server --help` and its configuration's documentation.
#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "config/values.hpp"
#include "preflight/command.hpp"
#include "preflight/files.hpp"
#include "preflight/nats_config.hpp"
#include "preflight/preflight.hpp"

namespace arc::preflight {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kConfigLimit = 1U << 20U;

// What the server will do, flags before file.
struct NatsServer {
    std::string config_file;  // empty: none
    bool jetstream = false;
    bool monitored = false;
    std::string store = "/tmp/nats/jetstream";  // nats-server's default; else <store_dir>/jetstream
    std::int64_t max_memory = 0;                // max_memory_store; 0: not said
};

std::string absolute(const std::string& path) {
    std::error_code failed;
    return fs::absolute(path, failed).lexically_normal().string();
}

const std::string* first_of(const FlatConfig& config, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        if (const auto found = config.find(name); found != config.end()) {
            return &found->second;
        }
    }
    return nullptr;
}

// "8222", "127.0.0.1:8223", "0.0.0.0:8222"; 0 is off.
bool is_port(const std::string* value) {
    return value != nullptr && !value->empty() && value->substr(value->rfind(':') + 1) != "0";
}

void read_file(NatsServer& server, const FlatConfig& config) {
    server.monitored =
        is_port(first_of(config, {"http", "http_port", "monitor_port"})) || is_port(first_of(config, {"https", "https_port"}));
    const std::string* jetstream = first_of(config, {"jetstream"});
    const std::string* enabled = first_of(config, {"jetstream.enabled", "jetstream.enable"});
    server.jetstream = jetstream != nullptr && (*jetstream == "{}" ? enabled == nullptr || parse_boolean(*enabled).value_or(true)
                                                                   : *jetstream == "enabled" || parse_boolean(*jetstream).value_or(false));
    if (const auto* dir = first_of(config, {"jetstream.store_dir", "jetstream.storedir", "store_dir", "storedir"})) {
        server.store = absolute(*dir + "/jetstream");
    }
    if (const auto* memory = first_of(config, {"jetstream.max_memory_store", "jetstream.max_mem_store", "jetstream.max_mem"})) {
        server.max_memory = parse_size(*memory).value_or(0);
    }
}

void read_flags(NatsServer& server, std::span<const std::string> arguments) {
    constexpr std::array<std::string_view, 4> monitor{"m", "http_port", "ms", "https_port"};
    constexpr std::array<std::string_view, 2> jetstream{"js", "jetstream"};
    constexpr std::array<std::string_view, 2> store{"sd", "store_dir"};
    if (const auto port = flag_value(arguments, monitor)) {
        server.monitored = is_port(&*port);
    }
    server.jetstream = server.jetstream || has_switch(arguments, jetstream);
    if (const auto dir = flag_value(arguments, store)) {
        server.store = absolute(*dir + "/jetstream");
    }
}

// Nothing when its configuration cannot be read: the server says that best.
std::optional<NatsServer> read_server(std::span<const std::string> arguments) {
    constexpr std::array<std::string_view, 2> config{"c", "config"};
    NatsServer server;
    if (const auto file = flag_value(arguments, config)) {
        const auto text = read_start(*file, kConfigLimit);
        if (!text) {
            return std::nullopt;
        }
        server.config_file = *file;
        const fs::path folder = fs::path(*file).parent_path();
        read_file(server,
                  parse_nats_config(*text, {.include = [&](std::string_view path) { return read_start(folder / path, kConfigLimit); },
                                            .variable = [](std::string_view name) { return variable(std::string(name)); }}));
    }
    read_flags(server, arguments);
    return server;
}

}  // namespace

void inspect_nats(const Context& context, Report& report) {
    constexpr std::array<std::string_view, 1> names{"nats-server"};
    const auto command = find_server(context.command, names);
    const auto server = command ? read_server(command->arguments) : std::nullopt;
    if (!server) {
        return;
    }
    if (!server->monitored) {
        report.refusals.push_back(fmt::format("{}: the monitoring port is off, and without it no health and no metrics can be had: {}",
                                              server->config_file.empty() ? command->program : server->config_file,
                                              server->config_file.empty() ? "start it with -m 8222" : "add `http_port: 8222`"));
    }
    if (!server->jetstream) {
        return;  // without a store there is nothing more to lose
    }
    inspect_directory(server->store, "flash", report);
    inspect_volume(server->store, *context.config.nats.data_dir, "nats.data_dir", report);
    inspect_room(server->store, *context.config.nats.min_free, report);
    inspect_memory(context, server->max_memory, "max_memory_store", report);
}

}  // namespace arc::preflight
