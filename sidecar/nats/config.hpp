// NATS's section of the configuration.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/object_field.hpp"
#include "config/section.hpp"
#include "config/tls.hpp"
#include "net/url.hpp"

namespace arc::nats {

// What a server makes of a stream without a window of its own.
inline constexpr std::chrono::milliseconds kDefaultWindow{120'000};

// A stream as declared, or as the server has it. The defaults are what the platform's own
// bootstrapper makes.
struct StreamSpec {
    std::string name;
    std::vector<std::string> subjects;  // empty: the stream's own name
    std::string retention = "limits";   // limits | interest | workqueue
    std::string storage = "file";       // file | memory
    std::string discard = "old";        // old | new
    std::string compression = "none";   // none | s2
    std::string description;
    std::int64_t replicas = 1;  // 1..5
    TimeLimit max_age;
    TimeLimit duplicate_window{kDefaultWindow};  // not set: the server's default
    Limit max_msgs;
    Limit max_bytes;
    Limit max_msg_size;
    Limit max_msgs_per_subject;
    Limit max_consumers;
    bool allow_direct = false;
    bool deny_delete = false;
    bool deny_purge = false;
    bool allow_rollup = false;
    std::string declared_at = "default";  // for messages: "/etc/arc/sidecar.toml:20"
};

// The table of its fields.
[[nodiscard]] std::span<const ObjectField<StreamSpec>> stream_fields() noexcept;

struct NatsConfig {
    Setting<Url> url{{"nats", "127.0.0.1", 4222}};
    Setting<Url> monitor_url{{"http", "127.0.0.1", 8222}};
    Setting<std::string> user;
    Setting<Secret> password;
    Setting<Secret> token;
    Setting<Secret> nkey;   // the text of a seed file
    Setting<Secret> creds;  // the text of a credentials file: a JWT and a seed
    TlsConfig tls;
    Setting<bool> tls_first{false};  // the handshake comes before the server's INFO
    // the declared volume: the store must be below it. Empty: not declared, not verified
    Setting<std::string> data_dir;
    // bytes free on the store's disk below which the verdict is degraded
    Setting<std::int64_t> min_free{512LL * 1024 * 1024};
    // a check stores a message in a stream of its own
    Setting<bool> canary{false};
    std::vector<StreamSpec> streams;  // that must exist
};

// Of the client port and of the monitor. Messages name the settings as ARC_NATS_….
[[nodiscard]] TlsOptions tls_of(const NatsConfig& config);
[[nodiscard]] TlsOptions monitor_tls(const NatsConfig& config);

extern const Section kSection;

[[nodiscard]] const NatsConfig& config_of(const Config& config);
void config_of(const Config&& config) = delete;  // the reference would outlive it
[[nodiscard]] NatsConfig& config_of(Config& config);

}  // namespace arc::nats
