// Sentinel's section of the configuration.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "config/config.hpp"
#include "config/section.hpp"
#include "config/tls.hpp"
#include "net/url.hpp"

namespace arc::sentinel {

struct SentinelConfig {
    Setting<Url> url{{"redis", "127.0.0.1", 26379}};
    Setting<std::string> user;
    Setting<Secret> password;
    TlsConfig tls;
    Setting<std::string> master_name{"mymaster"};
    Setting<std::int64_t> quorum{0};  // 0: not declared, not verified
    // a replica or Sentinel that is down for longer is gone for ever
    Setting<std::chrono::milliseconds> ghost_after{std::chrono::minutes{5}};
};

extern const Section kSection;

[[nodiscard]] const SentinelConfig& config_of(const Config& config);
void config_of(const Config&& config) = delete;  // the reference would outlive it
[[nodiscard]] SentinelConfig& config_of(Config& config);

}  // namespace arc::sentinel
