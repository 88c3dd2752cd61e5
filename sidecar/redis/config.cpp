#include "redis/config.hpp"

#include <array>

namespace arc::redis {
namespace {

constexpr auto kKeys = joined(
    std::array{
        Key{.name = "url",
            .access = setting_at<&RedisConfig::url>,
            .help = "server address; rediss:// requires TLS; unix:///run/redis.sock is a socket",
            .use = kConnection,
            .scheme = "redis|rediss|unix"},
        Key{.name = "user",
            .access = setting_at<&RedisConfig::user>,
            .help = "ACL user name; if not set: the default user",
            .use = kConnection},
        Key{.name = "password",
            .access = setting_at<&RedisConfig::password>,
            .help = "password of redis.user",
            .use = kConnection}},
    tls_keys<&RedisConfig::tls>(),
    std::array{Key{.name = "appendonly",
                   .access = setting_at<&RedisConfig::appendonly>,
                   .help = "expected appendonly",
                   .use = declaration("redis.appendonly.drift", "redis.config.unavailable")},
               Key{.name = "appendfsync",
                   .access = setting_at<&RedisConfig::appendfsync>,
                   .help = "expected appendfsync",
                   .use = declaration("redis.appendfsync.drift", "redis.config.unavailable"),
                   .choices = "always|everysec|no"},
               Key{.name = "maxmemory",
                   .access = setting_at<&RedisConfig::maxmemory>,
                   .help = "expected maxmemory; compared, not set; 0: no limit",
                   .use = declaration("redis.maxmemory.drift", "redis.config.unavailable")},
               Key{.name = "maxmemory_policy",
                   .access = setting_at<&RedisConfig::maxmemory_policy>,
                   .help = "expected maxmemory-policy",
                   .use = declaration("redis.maxmemory_policy.drift", "redis.config.unavailable"),
                   .choices = "noeviction|allkeys-lru|allkeys-lfu|allkeys-random|volatile-lru|"
                              "volatile-lfu|volatile-random|volatile-ttl"},
               Key{.name = "data_dir",
                   .access = setting_at<&RedisConfig::data_dir>,
                   .help = "volume that must hold the data; preflight and `check` verify it",
                   .use = declaration("redis.store.outside", "redis.store.unverified")},
               Key{.name = "canary",
                   .access = setting_at<&RedisConfig::canary>,
                   .help = "each check writes a test key that expires after 1 s",
                   .use = declaration("redis.canary.failed", "redis.canary.unavailable")},
               Key{.name = "min_replicas",
                   .access = setting_at<&RedisConfig::min_replicas>,
                   .help = "expected min-replicas-to-write; if not set: not compared",
                   .use = declaration("redis.min_replicas.drift", "redis.config.unavailable")},
               Key{.name = "sentinels",
                   .access = setting_at<&RedisConfig::sentinels>,
                   .help = "all Sentinels of the set; the port is optional",
                   .use = kOwn},
               Key{.name = "sentinel_user",
                   .access = setting_at<&RedisConfig::sentinel_user>,
                   .help = "ACL user name on the Sentinels; if not set: the default user",
                   .use = kOwn},
               Key{.name = "sentinel_password",
                   .access = setting_at<&RedisConfig::sentinel_password>,
                   .help = "password of redis.sentinel_user",
                   .use = kOwn},
               Key{.name = "master_name",
                   .access = setting_at<&RedisConfig::master_name>,
                   .help = "name of the set's master on the Sentinels",
                   .use = kOwn},
               Key{.name = "fence",
                   .access = setting_at<&RedisConfig::fence>,
                   .help = "before the start of a set's member, preflight asks the Sentinels how "
                           "it may start",
                   .use = kOwn},
               Key{.name = "max_lag",
                   .access = setting_at<&RedisConfig::max_lag>,
                   .help = "a replica of a set that lacks what its master had this long ago is "
                           "unhealthy",
                   .use = kOwn}});

std::any defaults() {
    return RedisConfig{};
}

}  // namespace

constinit const Section kSection{
    .name = "redis", .settings = kKeys, .objects = {}, .defaults = &defaults};

const RedisConfig& config_of(const Config& config) {
    return config.section<RedisConfig>();
}

RedisConfig& config_of(Config& config) {
    return config.section<RedisConfig>();
}

}  // namespace arc::redis
