// Pulsar's section of the configuration.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/object_field.hpp"
#include "config/section.hpp"
#include "config/tls.hpp"
#include "net/url.hpp"

namespace arc::pulsar {

struct TenantSpec {
    std::string name;
    std::vector<std::string> allowed_clusters{"standalone"};
    std::vector<std::string> admin_roles;
    std::string declared_at = "default";  // for messages: "/etc/arc/sidecar.toml:20"
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

// The fields of each kind of object.
[[nodiscard]] std::span<const ObjectField<TenantSpec>> tenant_fields() noexcept;
[[nodiscard]] std::span<const ObjectField<NamespaceSpec>> namespace_fields() noexcept;
[[nodiscard]] std::span<const ObjectField<TopicSpec>> topic_fields() noexcept;

struct PulsarConfig {
    Setting<Url> url{{"pulsar", "127.0.0.1", 6650}};
    Setting<Url> admin_url{{"http", "127.0.0.1", 8080}};
    Setting<Secret> token;
    TlsConfig tls;
    Setting<std::string> cluster{"standalone"};
    // the host that the broker sends clients to; empty: not declared, not verified
    Setting<std::string> advertised;
    // the declared volume of the data; empty: not declared, not verified
    Setting<std::string> data_dir;
    Setting<bool> canary{false};  // the deep probe also stores a message in a topic of its own
    std::vector<TenantSpec> tenants;
    std::vector<NamespaceSpec> namespaces;
    std::vector<TopicSpec> topics;
};

extern const Section kSection;

[[nodiscard]] const PulsarConfig& config_of(const Config& config);
void config_of(const Config&& config) = delete;  // the reference would outlive it
[[nodiscard]] PulsarConfig& config_of(Config& config);

}  // namespace arc::pulsar
