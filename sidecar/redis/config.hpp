// Redis's section of the configuration.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "config/config.hpp"
#include "config/section.hpp"
#include "config/tls.hpp"
#include "net/url.hpp"

namespace arc::redis {

struct RedisConfig {
    Setting<Url> url{{"redis", "127.0.0.1", 6379}};
    Setting<std::string> user;
    Setting<Secret> password;
    TlsConfig tls;
    Setting<bool> appendonly{true};
    Setting<std::string> appendfsync{"everysec"};          // always | everysec | no
    Setting<std::int64_t> maxmemory{512LL * 1024 * 1024};  // bytes; 0: no limit
    Setting<std::string> maxmemory_policy{"noeviction"};
    // the declared volume of the data; empty: not declared, not verified
    Setting<std::string> data_dir;
    Setting<bool> canary{false};  // a check sets a key that expires after a second

    Setting<std::int64_t> min_replicas;  // compared if it is declared

    // Of a member of a set (cluster.role = member):
    Setting<Hosts> sentinels;  // empty: the set has none
    Setting<std::string> sentinel_user;
    Setting<Secret> sentinel_password;
    Setting<std::string> master_name{"mymaster"};
    Setting<bool> fence{true};  // see fence.hpp
    // A replica that lacks what its master had this long ago lags.
    Setting<std::chrono::milliseconds> max_lag{std::chrono::milliseconds{1'000}};
};

extern const Section kSection;

[[nodiscard]] const RedisConfig& config_of(const Config& config);
void config_of(const Config&& config) = delete;  // the reference would outlive it
[[nodiscard]] RedisConfig& config_of(Config& config);

}  // namespace arc::redis
