// Preflight: what is looked at before the server starts. A refusal here saves data or an hour of
// reading logs; nothing is changed.
//
// It is a process of its own (`arc-sidecar preflight`), because it reads what PID 1 must not:
// configuration files, the server's data, names. What it cannot know for sure it leaves to the
// server, which judges its own configuration better; it never refuses on a guess.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/deadline.hpp"
#include "config/config.hpp"
#include "preflight/report.hpp"

namespace arc::preflight {

struct Context;

// Where the server of a command line keeps its data: absolute paths, there or not yet; none for one
// that keeps nothing. Nothing (nullopt) where that is not known.
using Stores = std::optional<std::vector<std::string>>;

// What a service has read of the command line and the configuration of its server: names and
// values. The error says what could not be read, and where.
using Settings = std::expected<std::vector<std::pair<std::string, std::string>>, std::string>;

// The part of a service.
struct Hooks {
    void (*inspect)(const Context& context, Report& report);
    Stores (*stores)(std::span<const std::string> command);
    // The directory that holds the store, as the command or what could be read of the settings
    // names it, where the settings as a whole are not known. Absolute; nothing where none does.
    std::optional<std::string> (*named_volume)(std::span<const std::string> command);
    // The declared volume; empty: none.
    const std::string& (*data_dir)(const Config& config);
    std::string_view codename;  // of the platform's make targets
    // Which range of bytes the locks of its stores are in (store_lock.hpp). Every service has its
    // own, and it never changes: other versions of this program hold locks, too.
    int lock_range;
    // For `preflight --show`; nullptr: nothing is shown.
    Settings (*settings)(std::span<const std::string> command) = nullptr;
};

// What is known before a look.
struct Context {
    std::string_view service;                  // its name
    const Hooks& hooks;                        // of that service
    std::span<const std::string> command;      // the server and its arguments
    const Config& config;                      // what is declared
    std::optional<std::int64_t> memory_limit;  // bytes, of this container
    Deadline deadline;                         // for names
};

// Looks at the server of the command. Where the command or a file cannot be understood, a warning
// says so, and what does not depend on it is looked at. Reads files of this container; asks
// resolvers, within the deadline.
[[nodiscard]] Report inspect(const Context& context);

// The locks that keep a second server off the store of the server in the command. Where that is not
// known, the lock is on the volume as a whole (volume_of()). Looks at names and mounts only, so
// that it is told before anything that may take long.
[[nodiscard]] std::vector<Lock> locks(const Context& context);

// The memory limit of this container; nothing where there is none.
[[nodiscard]] std::optional<std::int64_t> own_memory_limit();

// The directory that holds the store, where the server's settings are not known: the declared
// volume, else Hooks::named_volume(). Absolute.
[[nodiscard]] std::optional<std::string> volume_of(const Context& context);

// A variable of the environment; an empty one is none.
[[nodiscard]] std::optional<std::string> variable(const std::string& name);

// What is the same for every service. `store` is the directory that the server will use, absolute,
// there or not yet; `declared` the volume that it should be on (empty: none declared), by the
// setting `setting`; `codename` names the platform's make targets. the store is the server's alone
void inspect_directory(const std::string& store, std::string_view codename, Report& report);
// refused where it is not there and cannot be made
void inspect_absent(const std::string& store, Report& report);
void inspect_volume(const std::string& store, const std::string& declared,
                    const std::string& setting, Report& report);
void inspect_room(const std::string& store, std::int64_t wanted, Report& report);

// What is looked at where `why` the server's settings are not known: the volume as a whole. Says so
// in one line. `example` is a command that would be understood.
void inspect_unread(const Context& context, const std::string& why, const std::string& example,
                    Report& report);

// The declared volume as a whole. Part of inspect_unread().
void inspect_declared_volume(const Context& context, Report& report);

// `taken` bytes by the setting `what` ("maxmemory 1gb in redis.conf"), against the container's
// limit.
void inspect_memory(const Context& context, std::int64_t taken, const std::string& what,
                    Report& report);

// What the settings of a cluster's member promise and cannot keep.
void inspect_cluster(const Config& config, Report& report);

}  // namespace arc::preflight
