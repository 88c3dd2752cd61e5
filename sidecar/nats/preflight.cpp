// nats-server: its monitor, its store. Flags and names by `nats-server --help` and its
// configuration's documentation.
#include "nats/preflight.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <expected>
#include <filesystem>
#include <vector>

#include "nats/api_level.hpp"
#include "nats/cluster_gather.hpp"
#include "nats/cluster_preflight.hpp"
#include "nats/config.hpp"
#include "nats/server_info.hpp"
#include "preflight/ask_version.hpp"
#include "preflight/command.hpp"
#include "preflight/files.hpp"

namespace arc::nats {

using namespace preflight;

namespace {

namespace fs = std::filesystem;
// of the platform's make targets
constexpr std::string_view kCodename = "flash";

std::string absolute(const std::string& path) {
    std::error_code failed;
    return fs::absolute(path, failed).lexically_normal().string();
}

Stores stores(std::span<const std::string> command) {
    const auto server = read_server(command);
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

// The server's settings are not known, because of the command, or of a line of its configuration.
void inspect_unread_nats(const Context& context, const std::string& why, Report& report) {
    if (!finds_server(context.command)) {
        inspect_unread(context, why, "nats-server -c /etc/nats/nats-server.conf", report);
        return;
    }
    report.warnings.push_back(fmt::format(
        "{}. The settings of nats-server are not known, and only the declared volume is "
        "checked and locked. Correct the configuration",
        why));
    inspect_declared_volume(context, report);
}

struct StoredStream {
    std::string name;  // "ACCOUNT > STREAM", as the server writes it
    int level = 0;     // required of the server
};

// The streams on the disk, in any order, as far as they can be read before the deadline.
std::vector<StoredStream> stored_streams(const std::string& store, Deadline deadline) {
    constexpr std::size_t kMeta = 64U << 10U;
    std::vector<StoredStream> streams;
    std::error_code failed;
    const auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator entries(store, options, failed);
         !failed && entries != fs::end(entries) && !deadline.expired(); entries.increment(failed)) {
        // ACCOUNT/streams/STREAM
        if (entries.depth() != 2) {
            continue;
        }
        entries.disable_recursion_pending();
        const fs::path& stream = entries->path();
        const auto meta = read_start((stream / "meta.inf").string(), kMeta);
        if (meta && stream.parent_path().filename() == "streams") {
            const fs::path account = stream.parent_path().parent_path().filename();
            streams.push_back({fmt::format("{} > {}", account.string(), stream.filename().string()),
                               required_level(*meta)});
        }
    }
    return streams;
}

// A server older than the settings of a stream ignores them, and says nothing.
void inspect_levels(const Context& context, const ServerOptions& server, const std::string& store,
                    Report& report) {
    constexpr std::chrono::milliseconds kPatience{1'000};
    const auto streams = stored_streams(store, context.deadline.capped(kPatience));
    if (std::ranges::none_of(streams, [](const auto& each) { return each.level > 0; })) {
        return;  // the program need not be asked
    }
    const auto version = ask_version(server.program, context.deadline);
    const auto level = version.and_then(api_level);
    for (const StoredStream& stream : streams) {
        if (level && stream.level > *level) {
            report.warnings.push_back(fmt::format(
                "stream '{}' has settings of API level {}, and this server ({}) has level {}: it "
                "ignores them, and an update of the stream would remove them for good. Start the "
                "version that made the stream",
                stream.name, stream.level, *version, *level));
        }
    }
}

void inspect(const Context& context, Report& report) {
    const auto server = read_server(context.command);
    if (!server) {
        inspect_unread_nats(context, server.error(), report);
        return;
    }
    if (server->only_tells) {
        return;
    }
    if (!has_monitor(*server)) {
        report.refusals.push_back(fmt::format(
            "{}: the monitoring port is off, and without it no health and no metrics can be had: "
            "{}",
            server->config_file.empty() ? server->program : server->config_file,
            server->config_file.empty() ? "start it with -m 8222" : "add `http_port: 8222`"));
    }
    if (context.config.cluster.is_member()) {
        constexpr std::chrono::milliseconds kLook{1'000};
        inspect_member(*server, context.config.cluster, report);
        inspect_names(*server, look_at_cluster(context.config, context.deadline.capped(kLook)),
                      report);
    }
    if (!server->jetstream) {
        return;  // without a store there is nothing more to lose
    }
    const std::string store = absolute(server->store);
    inspect_directory(store, kCodename, report);
    inspect_volume(store, *config_of(context.config).data_dir, "nats.data_dir", report);
    inspect_room(store, *config_of(context.config).min_free, report);
    inspect_memory(context, server->max_memory, "max_memory_store", report);
    inspect_levels(context, *server, store, report);
}

Settings settings(std::span<const std::string> command) {
    const auto server = read_server(command);
    if (!server) {
        return std::unexpected(server.error());
    }
    if (server->only_tells) {
        return Settings{};
    }
    return Settings{{{"client", client_url_of(*server)},
                     {"tls", server->tls ? "yes" : "no"},
                     {"monitor", has_monitor(*server) ? monitor_url_of(*server) : "off"},
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

}  // namespace arc::nats
