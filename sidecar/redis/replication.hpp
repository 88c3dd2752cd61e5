// What a server says about its replication: INFO, as plain data. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "redis/config.hpp"
#include "resp/watched_master.hpp"

namespace arc::redis {

using resp::Endpoint;

// A replica, as its master sees it.
struct Replica {
    Endpoint at;
    bool online = false;      // it has its first copy
    std::int64_t offset = 0;  // what it has acknowledged
    std::int64_t lag = 0;     // seconds since it did

    [[nodiscard]] bool is_in_time() const { return online && lag <= 2; }
};

// The link of a replica to its master.
struct Link {
    Endpoint master;
    bool up = false;
    bool syncing = false;       // takes a whole copy
    bool never_synced = false;  // with this master, since the server started
    std::int64_t down_seconds = 0;
    std::optional<std::string> percent;  // of the copy: "63.12"
};

struct Replication {
    std::string run_id;        // of this run of the server
    std::int64_t uptime = 0;   // seconds
    bool loading = false;      // its data set, from the disk
    std::int64_t keys = 0;     // of all databases
    std::int64_t offset = 0;   // of a master: written; of a replica: processed
    std::optional<Link> link;  // replicas only
    std::vector<Replica> replicas;

    [[nodiscard]] bool is_master() const noexcept { return !link; }
    // How many replicas are in time.
    [[nodiscard]] std::int64_t in_time() const noexcept;
};

// The text of INFO; nullopt if it has no role.
[[nodiscard]] std::optional<Replication> read_replication(std::string_view info);

// The text of the settings `redis.sentinels` and `cluster.members` as addresses.
[[nodiscard]] std::vector<Url> sentinel_urls(const Config& config);
[[nodiscard]] std::vector<Url> member_urls(const Config& config);

[[nodiscard]] resp::Credentials credentials(const RedisConfig& config);
[[nodiscard]] resp::Credentials sentinel_credentials(const RedisConfig& config);

}  // namespace arc::redis
