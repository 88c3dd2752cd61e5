// redis-server (or valkey-server): its directory, its append-only file, the snapshot that an append-only file would hide.
#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "config/values.hpp"
#include "preflight/command.hpp"
#include "preflight/files.hpp"
#include "preflight/preflight.hpp"
#include "preflight/redis_config.hpp"
#include "preflight/redis_files.hpp"

namespace arc::preflight {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kConfigLimit = 1U << 20U;
constexpr std::size_t kTail = 64U << 10U;
constexpr std::size_t kHead = 4U << 10U;
// Below it Redis's next rewrite of a small append-only file may not fit beside the old one.
constexpr std::int64_t kMinFree = 64LL << 20U;

// Where there is no append-only file yet, but a snapshot with keys: Redis 7 and 8 then start empty without a word, and the next save
// or clean stop with save points overwrites the snapshot (measured on 7.0.15).
void inspect_snapshot(const RedisSettings& settings, const fs::path& dir, Report& report) {
    const fs::path manifest = dir / settings.appenddirname / (settings.appendfilename + ".manifest");
    const fs::path old_style = dir / settings.appendfilename;  // before Redis 7, which takes it over by itself
    const fs::path snapshot = dir / settings.dbfilename;
    const auto head = read_start(snapshot, kHead);
    if (size_of(manifest) || size_of(old_style) || !head || !snapshot_holds_data(*head)) {
        return;
    }
    report.refusals.push_back(fmt::format(
        "{}: holds data ({}), and there is no append-only file beside it: with `appendonly yes` Redis would start empty and then overwrite "
        "it. Nothing was changed. To take the data over: start once with `--appendonly no`, then `redis-cli CONFIG SET appendonly yes`, "
        "wait "
        "until INFO says aof_rewrite_in_progress:0 and aof_last_bgrewrite_status:ok, and start as now",
        snapshot.string(), format_size(size_of(snapshot).value_or(0))));
}

void refuse_damage(const fs::path& file, const fs::path& manifest, const std::string& what, Report& report) {
    report.refusals.push_back(
        fmt::format("{}: {}: Redis would leave with \"Bad file format reading the append only file\". Nothing was "
                    "changed. Copy {} away, then: redis-check-aof --fix {} (it cuts the file at the damage)",
                    file.string(), what, file.parent_path().string(), manifest.string()));
}

void inspect_aof(const RedisSettings& settings, const fs::path& dir, Report& report) {
    const fs::path folder = dir / settings.appenddirname;
    const fs::path manifest = folder / (settings.appendfilename + ".manifest");
    const auto last = last_incremental(read_start(manifest, kConfigLimit).value_or(""));
    const fs::path file = last ? folder / *last : dir / settings.appendfilename;
    const auto tail = read_end(file, kTail);
    if (!tail || tail->empty()) {
        return;
    }
    const AofEnd end = judge_aof_end(*tail, size_of(file).value_or(0) <= static_cast<std::int64_t>(kTail));
    const fs::path fixable = last ? manifest : file;
    if (end.state == AofEnd::State::nuls) {
        refuse_damage(file, fixable, fmt::format("ends with {} NUL bytes, as after a power cut", end.nuls), report);
    } else if (end.state == AofEnd::State::cut && !settings.load_truncated) {
        refuse_damage(file, fixable, "ends inside a command, and aof-load-truncated is off", report);
    } else if (end.state == AofEnd::State::cut) {
        report.warnings.push_back(
            fmt::format("{}: ends inside a command, as after a crash: Redis drops that last command and starts "
                        "(aof-load-truncated)",
                        file.string()));
    }
}

std::optional<RedisSettings> read_settings(std::span<const std::string> command) {
    constexpr std::array<std::string_view, 2> names{"redis-server", "valkey-server"};
    const auto server = find_server(command, names);
    return server ? parse_redis_settings(server->arguments, [](const std::string& path) { return read_start(path, kConfigLimit); })
                  : std::nullopt;
}

fs::path data_of(const RedisSettings& settings) {
    std::error_code failed;
    return fs::absolute(settings.dir, failed).lexically_normal();
}

}  // namespace

Stores redis_stores(std::span<const std::string> command) {
    const auto settings = read_settings(command);
    return settings ? Stores{{data_of(*settings).string()}} : std::nullopt;
}

std::string redis_default_volume() {
    return data_of(RedisSettings{}).string();
}

void inspect_redis(const Context& context, Report& report) {
    const auto settings = read_settings(context.command);
    if (!settings) {
        return;
    }
    const fs::path dir = data_of(*settings);
    inspect_directory(dir.string(), "sonic", report);
    inspect_volume(dir.string(), *context.config.redis.data_dir, "redis.data_dir", report);
    inspect_room(dir.string(), kMinFree, report);
    inspect_memory(context, settings->maxmemory, "maxmemory", report);
    if (settings->appendonly) {
        inspect_snapshot(*settings, dir, report);
        inspect_aof(*settings, dir, report);
    }
}

}  // namespace arc::preflight
