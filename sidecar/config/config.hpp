// The whole configuration, typed. Flags beat the environment, which beats the file, which beats the
// defaults below; each value knows where it came from. The defaults are the platform's: with no
// file at all the tool works against servers on loopback.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/secrets.hpp"
#include "config/listen.hpp"
#include "health/levels.hpp"
#include "net/tls_options.hpp"
#include "net/url.hpp"

namespace arc {

// Where a value came from: "default", "/etc/arc/sidecar.toml:12", "ARC_NATS_URL", "--nats-url".
struct Origin {
    std::string where = "default";
    bool declared = false;  // somebody chose it: not a default
};

template <class T>
struct Setting {
    T value{};
    Origin origin{};

    [[nodiscard]] const T& operator*() const noexcept { return value; }
    [[nodiscard]] const T* operator->() const noexcept { return &value; }
    [[nodiscard]] bool declared() const noexcept { return origin.declared; }
};

// A value that must not be shown. It has no way to a stream or to fmt; only reveal() at the point
// of use hands it out. Whatever quotes it is shown without it (text/secrets.hpp).
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string text) : text_(std::move(text)) { keep_secret(text_); }
    [[nodiscard]] const std::string& reveal() const noexcept { return text_; }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

private:
    std::string text_;
};

// TLS of one service's connections. It is used where the URL's scheme says so (tls://, https://,
// rediss://, pulsar+ssl://), and for NATS also where the server demands it.
struct TlsConfig {
    Setting<std::string> ca_file;    // PEM of the authorities to trust; empty: the system's
    Setting<std::string> cert_file;  // PEM of the client's certificate, its chain included
    Setting<std::string> key_file;   // PEM of its key; empty: in cert_file
    // the name that the certificate must have; empty: the host of the URL
    Setting<std::string> server_name;
    Setting<bool> verify{true};
};

// `settings` is what the names of this service's settings begin with in the environment:
// "ARC_NATS_".
[[nodiscard]] TlsOptions tls_options(const TlsConfig& config, std::string settings);

// A stream as declared. The defaults are what the platform's own bootstrapper makes
// (docs/architecture.md, "Streams"). Limits: -1 is none.
struct StreamSpec {
    std::string name;
    std::vector<std::string> subjects;
    std::string retention = "limits";  // limits | interest | workqueue
    std::string storage = "file";      // file | memory
    std::string discard = "old";       // old | new
    std::string compression = "none";  // none | s2
    std::string description;
    std::int64_t replicas = 1;             // 1..5
    std::chrono::milliseconds max_age{0};  // 0: for ever
    std::chrono::milliseconds duplicate_window{120'000};
    std::int64_t max_msgs = -1;
    std::int64_t max_bytes = -1;
    std::int64_t max_msg_size = -1;
    std::int64_t max_msgs_per_subject = -1;
    std::int64_t max_consumers = -1;
    bool allow_direct = false;
    bool deny_delete = false;
    bool deny_purge = false;
    bool allow_rollup = false;
    std::string declared_at = "default";  // for messages: "/etc/arc/sidecar.toml:20"
};

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
    std::vector<StreamSpec> streams;  // what must be there
};

struct RedisConfig {
    Setting<Url> url{{"redis", "127.0.0.1", 6379}};
    Setting<std::string> user;
    Setting<Secret> password;
    TlsConfig tls;
    Setting<bool> appendonly{true};
    Setting<std::string> appendfsync{"everysec"};          // always | everysec | no
    Setting<std::int64_t> maxmemory{512LL * 1024 * 1024};  // bytes; 0: no limit
    Setting<std::string> maxmemory_policy{"noeviction"};
    Setting<std::string> data_dir;  // the declared volume, as for NATS
    Setting<bool> canary{false};    // a check sets a key of its own that is gone after a second
};

struct TenantSpec {
    std::string name;
    std::vector<std::string> allowed_clusters{"standalone"};
    std::vector<std::string> admin_roles;
    std::string declared_at = "default";
};

struct NamespaceSpec {
    std::string name;  // tenant/namespace
    std::string declared_at = "default";
};

struct TopicSpec {
    std::string name;             // tenant/namespace/topic, always persistent
    std::int64_t partitions = 0;  // 0: not partitioned
    std::string declared_at = "default";
};

struct PulsarConfig {
    Setting<Url> url{{"pulsar", "127.0.0.1", 6650}};
    Setting<Url> admin_url{{"http", "127.0.0.1", 8080}};
    Setting<Secret> token;
    TlsConfig tls;
    Setting<std::string> cluster{"standalone"};
    // the host name that clients are to be sent to; empty: not declared, not verified
    Setting<std::string> advertised;
    Setting<std::string> data_dir;  // the declared volume, as for NATS
    Setting<bool> canary{false};    // the deep probe also stores a message in a topic of its own
    std::vector<TenantSpec> tenants;
    std::vector<NamespaceSpec> namespaces;
    std::vector<TopicSpec> topics;
};

struct Config {
    // "nats", "pulsar", "redis"; empty: all three
    Setting<std::string> service;
    // what the agent leaves for `check`
    Setting<std::string> state_dir{"/run/arc"};
    // of one check
    Setting<std::chrono::milliseconds> timeout{std::chrono::milliseconds{3000}};
    // of `wait`
    Setting<std::chrono::milliseconds> wait_timeout{std::chrono::milliseconds{120'000}};
    // of one `bootstrap`
    Setting<std::chrono::milliseconds> bootstrap_timeout{std::chrono::milliseconds{60'000}};
    // of the agent: 0 never ends a server
    Setting<std::chrono::milliseconds> end_unhealthy_after{};
    // where the agent answers /metrics and probes
    Setting<Listen> listen;
    // text | json
    Setting<std::string> log_format{"text"};
    LevelOverrides levels;  // by code, what is not to have its usual level
    NatsConfig nats;
    RedisConfig redis;
    PulsarConfig pulsar;
};

// The defaults, the declared objects of the platform included.
[[nodiscard]] Config default_config();

}  // namespace arc
