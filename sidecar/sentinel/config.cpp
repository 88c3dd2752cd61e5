#include "sentinel/config.hpp"

#include <array>

namespace arc::sentinel {
namespace {

constexpr auto kKeys = joined(
    std::array{Key{.name = "url",
                   .access = setting_at<&SentinelConfig::url>,
                   .help = "address of this Sentinel; rediss:// requires TLS",
                   .use = kConnection,
                   .scheme = "redis|rediss"},
               Key{.name = "user",
                   .access = setting_at<&SentinelConfig::user>,
                   .help = "ACL user name; if not set: the default user",
                   .use = kConnection},
               Key{.name = "password",
                   .access = setting_at<&SentinelConfig::password>,
                   .help = "password of sentinel.user, also on the other Sentinels",
                   .use = kConnection}},
    tls_keys<&SentinelConfig::tls>(),
    std::array{Key{.name = "master_name",
                   .access = setting_at<&SentinelConfig::master_name>,
                   .help = "name of the master that it must watch",
                   .use = declaration("sentinel.master.missing", "sentinel.master.unavailable")},
               Key{.name = "quorum",
                   .access = setting_at<&SentinelConfig::quorum>,
                   .help = "expected quorum of this master; compared, not set; 0: not compared",
                   .use = declaration("sentinel.quorum.drift", "sentinel.quorum.unavailable")},
               Key{.name = "ghost_after",
                   .access = setting_at<&SentinelConfig::ghost_after>,
                   .help = "a replica or Sentinel that is down for longer is reported as a ghost",
                   .use = kOwn}});

std::any defaults() {
    return SentinelConfig{};
}

}  // namespace

constinit const Section kSection{
    .name = "sentinel", .settings = kKeys, .objects = {}, .defaults = &defaults};

const SentinelConfig& config_of(const Config& config) {
    return config.section<SentinelConfig>();
}

SentinelConfig& config_of(Config& config) {
    return config.section<SentinelConfig>();
}

}  // namespace arc::sentinel
