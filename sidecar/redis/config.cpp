#include "redis/config.hpp"

#include <array>

namespace arc::redis {
namespace {

constexpr auto kKeys = joined(
    std::array{
        Key{.name = "url",
            .access = setting_at<&RedisConfig::url>,
            .help = "the server",
            .scheme = "redis|rediss"},
        Key{.name = "user",
            .access = setting_at<&RedisConfig::user>,
            .help = "ACL user name; without it the default user"},
        Key{.name = "password", .access = setting_at<&RedisConfig::password>, .help = "password"}},
    tls_keys<&RedisConfig::tls>(),
    std::array{Key{.name = "appendonly",
                   .access = setting_at<&RedisConfig::appendonly>,
                   .help = "declared: the append-only file is on"},
               Key{.name = "appendfsync",
                   .access = setting_at<&RedisConfig::appendfsync>,
                   .help = "declared: when it is synced",
                   .choices = "always|everysec|no"},
               Key{.name = "maxmemory",
                   .access = setting_at<&RedisConfig::maxmemory>,
                   .help = "declared: the memory limit; 0: none"},
               Key{.name = "maxmemory_policy",
                   .access = setting_at<&RedisConfig::maxmemory_policy>,
                   .help = "declared: what happens at the limit",
                   .choices = "noeviction|allkeys-lru|allkeys-lfu|allkeys-random|volatile-lru|"
                              "volatile-lfu|volatile-random|volatile-ttl"},
               Key{.name = "data_dir",
                   .access = setting_at<&RedisConfig::data_dir>,
                   .help = "the volume that the data must be on; looked at before the start"},
               Key{.name = "canary",
                   .access = setting_at<&RedisConfig::canary>,
                   .help = "a check sets a key of its own, for a second"}});

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
