// Preflight: what is looked at before the server starts. A refusal here saves data or an hour of reading logs; nothing is changed.
//
// It is a process of its own (`arc-sidecar preflight`), because it reads what PID 1 must not: configuration files, the server's data,
// names. What it cannot know for sure it leaves to the server, which judges its own configuration better; it never refuses on a guess.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "deadline.hpp"
#include "preflight/report.hpp"

namespace arc::preflight {

// What each service's part gets.
struct Context {
    std::span<const std::string> command;      // the server and its arguments
    const Config& config;                      // what is declared
    std::optional<std::int64_t> memory_limit;  // bytes, of this container
    Deadline deadline;                         // for names
};

// Looks at the server of `service` ("nats", "redis", "pulsar"). Where the command is none that is known, only what was declared is looked
// at. Reads files of this container; asks resolvers, within the deadline.
[[nodiscard]] Report inspect(const std::string& service, const Context& context);

// The locks that keep a second server off the store of the server in the command. Where that is not known, the lock is on the declared volume as a whole, and
// without one on the directory in which the server keeps its data unless told otherwise. Looks at names and mounts only, so that it is told
// before anything that may take long.
[[nodiscard]] std::vector<Lock> locks(const std::string& service, const Context& context);

// The memory limit of this container; nothing where there is none.
[[nodiscard]] std::optional<std::int64_t> own_memory_limit();

// The monitoring port that a nats-server's command line and configuration give it.
struct NatsMonitor {
    std::uint16_t port = 0;
    bool tls = false;
};

// Nothing where the command is no nats-server's, its configuration cannot be read, or the port is off or the server's own choice.
[[nodiscard]] std::optional<NatsMonitor> nats_monitor(std::span<const std::string> command);

// Where the server of a command line keeps its data: absolute paths, there or not yet; none for one that keeps nothing. Nothing (nullopt)
// where that is not known.
using Stores = std::optional<std::vector<std::string>>;
[[nodiscard]] Stores nats_stores(std::span<const std::string> command);
[[nodiscard]] Stores redis_stores(std::span<const std::string> command);
[[nodiscard]] Stores pulsar_stores(std::span<const std::string> command);

// Where a server keeps its data that was told nothing. Absolute.
[[nodiscard]] std::string nats_default_volume();
[[nodiscard]] std::string redis_default_volume();
[[nodiscard]] std::string pulsar_default_volume();

// The parts; each in a file of its own.
void inspect_nats(const Context& context, Report& report);
void inspect_redis(const Context& context, Report& report);
void inspect_pulsar(const Context& context, Report& report);

// A variable of the environment; an empty one is none.
[[nodiscard]] std::optional<std::string> variable(const std::string& name);

// What is the same for all three. `store` is the directory that the server will use, absolute, there or not yet; `declared` the volume
// that it should be on (empty: none declared), by the setting `setting`; `codename` names the platform's make targets.
void inspect_directory(const std::string& store, std::string_view codename, Report& report);
void inspect_volume(const std::string& store, const std::string& declared, const std::string& setting, Report& report);
void inspect_room(const std::string& store, std::int64_t wanted, Report& report);

// `taken` bytes by the setting `what` ("maxmemory 1gb in redis.conf"), against the container's limit.
void inspect_memory(const Context& context, std::int64_t taken, const std::string& what, Report& report);

}  // namespace arc::preflight
