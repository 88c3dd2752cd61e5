// Preflight of redis-server or valkey-server: its directory, its append-only file, and a snapshot
// that an append-only file would hide.
#include "redis/preflight.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <glob.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <utility>

#include "base/units.hpp"
#include "net/url.hpp"
#include "preflight/ask_version.hpp"
#include "preflight/command.hpp"
#include "preflight/files.hpp"
#include "redis/config.hpp"
#include "redis/data_files.hpp"
#include "redis/fence.hpp"
#include "redis/server_config.hpp"

namespace arc::redis {

using namespace preflight;

namespace {

namespace fs = std::filesystem;
constexpr std::string_view kCodename = "sonic";  // in the platform's make targets
constexpr std::size_t kConfigLimit = 1U << 20U;
constexpr std::size_t kTail = 64U << 10U;
constexpr std::size_t kHead = 4U << 10U;
// With less, the next rewrite of a small append-only file may not fit on the disk.
constexpr std::int64_t kMinFree = 64LL << 20U;
constexpr std::int64_t kOwnDescriptors = 32;  // CONFIG_MIN_RESERVED_FDS of Redis

std::int64_t bytes_of(std::uint64_t size) {
    return static_cast<std::int64_t>(
        std::min<std::uint64_t>(size, std::numeric_limits<std::int64_t>::max()));
}

// A snapshot with keys, but no append-only file. Redis 7 and 8 then start empty without a message.
// The next save, or a clean stop with save points, overwrites the snapshot (measured on 7.0.15).
void inspect_snapshot(const RedisSettings& settings, const fs::path& dir, Report& report) {
    const fs::path manifest =
        dir / settings.appenddirname / (settings.appendfilename + ".manifest");
    // from before Redis 7, which migrates it
    const fs::path old_style = dir / settings.appendfilename;
    const fs::path snapshot = dir / settings.dbfilename;
    const auto head = read_start(snapshot, kHead);
    if (!is_absent(manifest) || !is_absent(old_style) || !head || !snapshot_holds_data(*head)) {
        return;
    }
    report.refusals.push_back(
        fmt::format("{}: holds data ({}), and there is no append-only file beside it: with "
                    "`appendonly yes` Redis would start empty and then overwrite "
                    "it. Nothing was changed. To take the data over: start once with `--appendonly "
                    "no`, then `redis-cli CONFIG SET appendonly yes`, "
                    "wait "
                    "until INFO says aof_rewrite_in_progress:0 and aof_last_bgrewrite_status:ok, "
                    "and start as now",
                    snapshot.string(), format_size(size_of(snapshot).value_or(0))));
}

void refuse_damage(const fs::path& file, const fs::path& manifest, const std::string& what,
                   Report& report) {
    report.refusals.push_back(fmt::format(
        "{}: {}: Redis would leave with \"Bad file format reading the append only file\". Nothing "
        "was "
        "changed. Copy {} away, then: redis-check-aof --fix {} (it cuts the file at the damage)",
        file.string(), what, file.parent_path().string(), manifest.string()));
}

// The files of the append-only log in the order in which Redis loads them: several since Redis 7.
// `checked` is the argument for redis-check-aof.
struct Aof {
    std::vector<fs::path> files;
    fs::path checked;
};
Aof find_aof(const RedisSettings& settings, const fs::path& dir) {
    const fs::path folder = dir / settings.appenddirname;
    const fs::path manifest = folder / (settings.appendfilename + ".manifest");
    Aof aof{.files = {}, .checked = manifest};
    for (const AofFile& file : aof_files(read_start(manifest, kConfigLimit).value_or(""))) {
        aof.files.push_back(folder / file.name);
    }
    if (is_absent(manifest)) {  // from before Redis 7, which migrates it
        aof = {.files = {dir / settings.appendfilename}, .checked = dir / settings.appendfilename};
    }
    return aof;
}

void inspect_aof_file(const fs::path& file, bool is_last, const RedisSettings& settings,
                      const fs::path& checked, Report& report) {
    const auto tail = read_end(file, kTail);
    if (!tail || tail->empty()) {
        return;
    }
    const AofEnd end =
        judge_aof_end({.bytes = *tail,
                       .whole_file = size_of(file).value_or(0) <= static_cast<std::int64_t>(kTail),
                       .snapshot = begins_as_snapshot(read_start(file, kHead).value_or(""))});
    if (end.state == AofEnd::State::nuls) {
        refuse_damage(file, checked,
                      fmt::format("ends with {} NUL bytes, as after a power cut", end.nuls),
                      report);
    } else if (end.state == AofEnd::State::cut && is_last && !settings.load_truncated) {
        refuse_damage(file, checked, "ends inside a command, and aof-load-truncated is off",
                      report);
    } else if (end.state == AofEnd::State::cut && is_last) {
        report.warnings.push_back(
            fmt::format("{}: ends inside a command, as after a crash: Redis drops that last "
                        "command and starts (aof-load-truncated)",
                        file.string()));
    } else if (end.state == AofEnd::State::cut) {
        report.warnings.push_back(
            fmt::format("{}: ends inside a command, and is not the last file of {}: Redis may "
                        "leave with \"the truncated file is not the last "
                        "file\"",
                        file.string(), checked.string()));
    }
}

void inspect_aof(const RedisSettings& settings, const fs::path& dir, Report& report) {
    const Aof aof = find_aof(settings, dir);
    for (const fs::path& file : aof.files) {
        inspect_aof_file(file, file == aof.files.back(), settings, aof.checked, report);
    }
}

// The first path that denies the server access: its directory, the files that it loads, and the
// file that it appends to. It replaces a snapshot and never writes into one, so reading is enough.
std::optional<Inaccessible> find_denied_data(const RedisSettings& settings, const fs::path& dir) {
    if (auto denied = find_denied(dir, R_OK | W_OK | X_OK)) {
        return denied;
    }
    const Aof aof = find_aof(settings, dir);
    const fs::path folder = dir / settings.appenddirname;
    const bool in_folder = aof.checked.parent_path() == folder;
    if (!settings.appendonly) {
        return find_denied(dir / settings.dbfilename, R_OK);
    }
    if (auto denied =
            has_directory(folder) ? find_denied(folder, R_OK | W_OK | X_OK) : std::nullopt) {
        return denied;
    }
    if (auto denied = find_denied(aof.checked, R_OK)) {
        return denied;
    }
    for (const fs::path& file : aof.files) {
        const bool written = in_folder && file == aof.files.back();
        if (auto denied = find_denied(file, written ? R_OK | W_OK : R_OK)) {
            return denied;
        }
    }
    return std::nullopt;
}

// The settings of the server, as far as preflight can read them.
struct Reading {
    std::string program;
    RedisSettings settings;
    std::string gap;  // the unreadable source; empty: none
    [[nodiscard]] bool is_certain() const { return gap.empty() && settings.rejected.empty(); }
};

// The files that the server loads.
std::vector<fs::path> loaded_files(const RedisSettings& settings, const fs::path& dir) {
    return settings.appendonly ? find_aof(settings, dir).files
                               : std::vector<fs::path>{dir / settings.dbfilename};
}

// A server older than what wrote `file` cannot read it; a newer one rewrites it, sooner or later,
// as no older one can read it.
void inspect_format(const fs::path& file, const Release& server, Report& report) {
    const std::string head = read_start(file, kHead).value_or("");
    const auto format = snapshot_format(head);
    const auto newest = newest_format(server);
    if (!format || !newest || *format == *newest) {
        return;
    }
    const std::string writer = snapshot_writer(head);
    const std::string origin =
        fmt::format("{}: RDB format {}{}", file.string(), *format,
                    writer.empty() ? "" : fmt::format(", written by {}", writer));
    if (*format > *newest) {
        report.refusals.push_back(fmt::format(
            "{}. {} reads no format above {} and would exit with \"Can't handle RDB format "
            "version {}\". Nothing was changed. Start a version that reads it, or restore a "
            "backup from before the upgrade",
            origin, server.text, *newest, *format));
        return;
    }
    report.warnings.push_back(fmt::format(
        "{}. {} writes format {} at its next save or rewrite; after that, {} cannot read the data "
        "and there is no way back. If you want one, stop now and make a backup",
        origin, server.text, *newest, writer.empty() ? "the older version" : writer));
}

// The append-only file moves at the first start of Redis 7 or later. An older server starts without
// it (measured: 6.2.5 on the files of 7.0 and 8.0 has no keys). Returns whether the formats of the
// files matter.
bool inspect_layout(const RedisSettings& settings, const fs::path& dir, const Release& server,
                    Report& report) {
    const fs::path manifest =
        dir / settings.appenddirname / (settings.appendfilename + ".manifest");
    const fs::path old_style = dir / settings.appendfilename;
    if (!server.has_manifest() && size_of(manifest)) {
        report.refusals.push_back(fmt::format(
            "{}: the append-only file of Redis 7 or later. {} does not read it and would start "
            "empty. Nothing was changed. Start Redis 7 or later, or restore a backup from before "
            "the upgrade",
            manifest.string(), server.text));
        return false;
    }
    if (server.has_manifest() && size_of(old_style).value_or(0) > 0 && !size_of(manifest)) {
        report.warnings.push_back(fmt::format(
            "{}: the append-only file of a server before Redis 7. {} moves it into {} when it "
            "starts; after that, the older server starts empty and there is no way back. If you "
            "want one, stop now and make a backup",
            old_style.string(), server.text, manifest.parent_path().string()));
        return false;
    }
    return true;
}

// Whether the server that is about to start can read the data, and the one that wrote it can read
// it afterwards.
void inspect_version(const Context& context, const Reading& reading, const fs::path& dir,
                     Report& report) {
    const std::vector<fs::path> files = loaded_files(reading.settings, dir);
    if (std::ranges::none_of(files,
                             [](const fs::path& file) { return size_of(file).value_or(0) > 0; })) {
        return;  // no data: the program need not be asked
    }
    const auto release = ask_version(reading.program, context.deadline).and_then(parse_release);
    if (!release) {
        return;  // it judges its data itself
    }
    if (reading.settings.appendonly && !inspect_layout(reading.settings, dir, *release, report)) {
        return;
    }
    for (const fs::path& file : files) {
        inspect_format(file, *release, report);
    }
}

constexpr std::array<std::string_view, 4> kNames{"redis-server", "valkey-server", "redis-sentinel",
                                                 "valkey-sentinel"};

ServerFiles server_files() {
    return {.read =
                [](const std::string& path) {
                    // as in the server, which reads nothing from it
                    return has_directory(path) ? std::optional<std::string>{""}
                                               : read_config(path, kConfigLimit);
                },
            .match =
                [](const std::string& pattern) {
                    glob_t found{};
                    std::vector<std::string> paths;
                    // NOLINTNEXTLINE(concurrency-mt-unsafe): without a tilde it asks for no user
                    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
                        paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
                    }
                    ::globfree(&found);
                    return paths;
                },
            .look =
                [](const std::string& path) {
                    using enum ServerFiles::Kind;
                    return is_absent(path)       ? absent
                           : has_directory(path) ? directory
                           : size_of(path)       ? file
                                                 : unknown;
                }};
}

Reading read_settings(std::span<const std::string> command) {
    const auto server = find_server(command, kNames);
    if (!server) {
        return {{}, RedisSettings{}, server.error()};
    }
    RedisSettings settings =
        parse_redis_settings(server->program, server->arguments, server_files());
    std::string gap = settings.unread;
    return {server->program, std::move(settings), std::move(gap)};
}

fs::path data_of(const RedisSettings& settings) {
    std::error_code failed;
    const fs::path dir = fs::absolute(settings.dir, failed);
    const fs::path real = fs::weakly_canonical(dir, failed);
    return failed ? dir.lexically_normal() : real;
}

// The socket's absolute path; empty: none.
std::string socket_of(const RedisSettings& settings) {
    std::error_code failed;
    const fs::path socket = data_of(settings) / settings.unixsocket;
    return settings.unixsocket.empty() ? "" : fs::weakly_canonical(socket, failed).string();
}

// An address under which the server listens, if any.
std::string server_url(const RedisSettings& settings) {
    return settings.port != 0       ? to_string(Url{"redis", "127.0.0.1", settings.port})
           : settings.tls_port != 0 ? to_string(Url{"rediss", "127.0.0.1", settings.tls_port})
                                    : to_string(Url{"unix", {}, 0, socket_of(settings)});
}

// Whether the server has a listener of the URL's kind. Another port may be forwarded.
bool may_listen_at(const RedisSettings& settings, const Url& url) {
    std::error_code failed;
    return url.scheme == "unix" ? fs::weakly_canonical(url.path, failed) == socket_of(settings)
                                : (url.scheme == "rediss" ? settings.tls_port : settings.port) != 0;
}

// The checks must find the server that is about to start.
void inspect_address(const Context& context, const RedisSettings& settings, Report& report) {
    const Url& url = *config_of(context.config).url;
    const bool is_here = url.scheme == "unix" || is_loopback(url.host);
    if (is_here && !may_listen_at(settings, url)) {
        report.warnings.push_back(
            fmt::format("redis.url is {}, and the server will not listen there. Set "
                        "ARC_REDIS_URL={}",
                        to_string(url), server_url(settings)));
    }
}

bool holds_append_only_file(const fs::path& dir) {
    std::error_code failed;
    fs::recursive_directory_iterator entries(dir, fs::directory_options::skip_permission_denied,
                                             failed);
    for (int seen = 0; !failed && entries != fs::end(entries) && seen < 1000;
         ++seen, entries.increment(failed)) {
        const std::string name = entries->path().filename().string();
        if (name.ends_with(".aof") || name.ends_with(".manifest")) {
            return true;
        }
        if (entries.depth() == 1) {
            entries.disable_recursion_pending();
        }
    }
    return static_cast<bool>(failed);  // there may be one
}

// Whether the server will have an append-only file: from its command line, the settings
// that were read, or the declaration.
std::optional<bool> wants_appendonly(const Context& context, const RedisSettings& settings) {
    if (const auto spoken = spoken_value(context.command, "appendonly")) {
        const auto parsed = parse_boolean(*spoken);
        return parsed ? std::optional{*parsed} : std::nullopt;
    }
    if (settings.says_appendonly) {
        return settings.appendonly;
    }
    const auto& declared = config_of(context.config).appendonly;
    return declared.declared() ? std::optional{*declared} : std::nullopt;
}

// The settings of the server are unknown, or known only in part.
void inspect_unread_redis(const Context& context, const Reading& reading, Report& report) {
    if (reading.gap.empty()) {
        report.warnings.push_back(reading.settings.rejected +
                                  ". The server exits with 1: correct the line");
        inspect_declared_volume(context, report);
    } else {
        inspect_unread(context, reading.gap, "redis-server /etc/redis/redis.conf", report);
    }
    if (const auto spoken = spoken_value(context.command, "maxmemory")) {
        inspect_memory(context, parse_size(*spoken).value_or(0), "maxmemory", report);
    }
    // the default is the working directory, as in the upstream image
    const fs::path volume = volume_of(context).value_or(data_of(RedisSettings{}).string());
    const auto wanted = wants_appendonly(context, reading.settings);
    if (holds_append_only_file(volume) || !wanted.value_or(true)) {
        return;
    }
    Report found;
    inspect_snapshot(reading.settings, volume, found);
    auto& texts = wanted ? report.refusals : report.warnings;
    texts.insert(texts.end(), found.refusals.begin(), found.refusals.end());
}

Stores stores(std::span<const std::string> command) {
    const Reading reading = read_settings(command);
    if (reading.settings.mode != RedisMode::server) {
        return Stores{std::in_place};
    }
    return reading.is_certain() ? Stores{{data_of(reading.settings).string()}} : std::nullopt;
}

std::optional<std::string> named_volume(std::span<const std::string> command) {
    RedisSettings settings = read_settings(command).settings;
    settings.dir = spoken_value(command, "dir").value_or(settings.dir);
    return settings.dir == RedisSettings{}.dir ? std::nullopt
                                               : std::optional{data_of(settings).string()};
}

// Redis needs a descriptor for each client, and 32 for itself. It lowers maxclients silently where
// it cannot raise the limit.
void inspect_descriptors(const RedisSettings& settings, Report& report) {
    rlimit limit{};
    const std::int64_t wanted = settings.maxclients + kOwnDescriptors;
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max == RLIM_INFINITY ||
        static_cast<std::int64_t>(limit.rlim_max) >= wanted) {
        return;
    }
    report.warnings.push_back(fmt::format(
        "nofile is {}, so the server lowers maxclients from {} to {}: raise the limit to {}, or "
        "lower maxclients",
        limit.rlim_max, settings.maxclients,
        std::max<std::int64_t>(static_cast<std::int64_t>(limit.rlim_max) - kOwnDescriptors, 1),
        wanted));
}

// Whether the server would start without a key.
bool is_empty(const RedisSettings& settings, const fs::path& dir) {
    return std::ranges::none_of(loaded_files(settings, dir), [](const fs::path& file) {
        const std::string head = read_start(file, kHead).value_or("");
        const std::int64_t size = size_of(file).value_or(0);
        // Commands may follow a snapshot.
        return size > 0 && (size > static_cast<std::int64_t>(kHead) || !begins_as_snapshot(head) ||
                            snapshot_holds_data(head));
    });
}

// Well within PID 1's limit for preflight.
constexpr std::chrono::seconds kFenceLimit{5};

void inspect_fence(const Context& context, const RedisSettings& settings, const fs::path& dir,
                   Report& report) {
    const RedisConfig& own = config_of(context.config);
    if (!context.config.cluster.is_member() || own.sentinels->empty() || !*own.fence ||
        !report.refusals.empty()) {
        return;
    }
    const std::uint16_t port = settings.port != 0 ? settings.port : settings.tls_port;
    const Fenced fenced =
        fence(context.config, port, is_empty(settings, dir), Deadline::after(kFenceLimit));
    switch (fenced.start) {
        case Fenced::Start::as_configured:
            break;
        case Fenced::Start::as_master:
            report.arguments = {"--replicaof", "no", "one"};
            break;
        case Fenced::Start::as_replica:
            report.arguments = {"--replicaof", fenced.master.host,
                                std::to_string(fenced.master.port)};
            break;
        case Fenced::Start::not_yet:
            report.refusals.push_back(
                fenced.reason +
                ". Start it again once the Sentinels have made another member the master, or set "
                "ARC_REDIS_FENCE=false to start it as it is");
            break;
    }
}

void inspect(const Context& context, Report& report) {
    const Reading reading = read_settings(context.command);
    const RedisSettings& settings = reading.settings;
    if (settings.mode != RedisMode::server) {
        return;  // no data, and nothing to lose
    }
    report.warnings.insert(report.warnings.end(), settings.doubts.begin(), settings.doubts.end());
    if (!reading.is_certain()) {
        inspect_unread_redis(context, reading, report);
        return;
    }
    const fs::path dir = data_of(settings);
    inspect_address(context, settings, report);
    inspect_absent(dir, report);
    if (report.refusals.empty() && !settings.absent_dir.empty()) {
        report.warnings.push_back(settings.absent_dir);
    }
    const auto denied = has_directory(dir) ? find_denied_data(settings, dir) : std::nullopt;
    if (denied) {
        report.refusals.push_back(explain(*denied, dir, kCodename));
    }
    inspect_volume(dir.string(), *config_of(context.config).data_dir, "redis.data_dir", report);
    inspect_room(dir.string(), kMinFree, report);
    inspect_memory(context, bytes_of(settings.maxmemory), "maxmemory", report);
    inspect_descriptors(settings, report);
    if (settings.appendonly) {
        inspect_snapshot(settings, dir, report);
        inspect_aof(settings, dir, report);
    }
    inspect_version(context, reading, dir, report);
    inspect_fence(context, settings, dir, report);
}

// For `preflight --show`, in the words of CONFIG GET.
Settings show(std::span<const std::string> command) {
    const Reading reading = read_settings(command);
    if (!reading.is_certain()) {
        return std::unexpected(reading.gap.empty() ? reading.settings.rejected : reading.gap);
    }
    const RedisSettings& settings = reading.settings;
    if (settings.mode == RedisMode::answers) {
        return Settings{};
    }
    const auto word = [](bool yes) { return std::string(yes ? "yes" : "no"); };
    std::vector<std::pair<std::string, std::string>> lines{
        {"sentinel", word(settings.mode == RedisMode::sentinel)},
        {"dir", data_of(settings).string()},
        {"dbfilename", settings.dbfilename},
        {"appendonly", word(settings.appendonly)},
        {"appenddirname", settings.appenddirname},
        {"appendfilename", settings.appendfilename},
        {"aof-load-truncated", word(settings.load_truncated)},
        {"maxmemory", std::to_string(settings.maxmemory)},
        {"bind", fmt::format("{}", fmt::join(settings.bind, " "))},
        {"port", std::to_string(settings.port)},
        {"tls-port", std::to_string(settings.tls_port)},
        {"unixsocket", socket_of(settings)},
        {"requirepass", word(settings.has_password)}};
    if (!settings.absent_dir.empty()) {
        lines.emplace_back("warning", settings.absent_dir);
    }
    for (const std::string& doubt : settings.doubts) {
        lines.emplace_back("warning", doubt);
    }
    return lines;
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
                                  .lock_range = 1,
                                  .settings = &show};

}  // namespace arc::redis
