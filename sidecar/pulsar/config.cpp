#include "pulsar/config.hpp"

#include <array>

#include "config/object_table.hpp"
#include "pulsar/names.hpp"

namespace arc::pulsar {
namespace {

constexpr auto kKeys = joined(
    std::array{Key{.name = "url",
                   .access = setting_at<&PulsarConfig::url>,
                   .help = "binary port; pulsar+ssl:// requires TLS",
                   .use = kConnection,
                   .scheme = "pulsar|pulsar+ssl"},
               Key{.name = "admin_url",
                   .access = setting_at<&PulsarConfig::admin_url>,
                   .help = "admin port",
                   .use = kConnection,
                   .scheme = "http|https"},
               Key{.name = "token",
                   .access = setting_at<&PulsarConfig::token>,
                   .help = "token of a superuser",
                   .use = kConnection}},
    tls_keys<&PulsarConfig::tls>(),
    std::array{Key{.name = "cluster",
                   .access = setting_at<&PulsarConfig::cluster>,
                   .help = "cluster that must be registered",
                   .use = declaration("pulsar.cluster.missing", "pulsar.permission.denied")},
               Key{.name = "advertised",
                   .access = setting_at<&PulsarConfig::advertised>,
                   .help = "expected host to which the broker sends clients",
                   .use = declaration("pulsar.advertised.drift", "pulsar.advertised.unverified")},
               Key{.name = "data_dir",
                   .access = setting_at<&PulsarConfig::data_dir>,
                   .help = "volume that must hold the data; preflight and `check` verify it",
                   .use = declaration("pulsar.store.unmounted", "pulsar.store.unverified")},
               Key{.name = "canary",
                   .access = setting_at<&PulsarConfig::canary>,
                   .help = "the deep probe also stores a message in a new ledger of the sidecar's "
                           "own topic",
                   .use = declaration("pulsar.canary.failed", "pulsar.canary.unavailable")}});

using Tenant = ObjectField<TenantSpec>;
using Namespace = ObjectField<NamespaceSpec>;
using Topic = ObjectField<TopicSpec>;

constexpr std::array kTenant{
    Tenant{.name = "name",
           .member = &TenantSpec::name,
           .help = "the tenant's name",
           .compared = false},
    Tenant{.name = "allowed_clusters",
           .member = &TenantSpec::allowed_clusters,
           .help = "clusters that it may use",
           .json = "allowedClusters"},
    Tenant{.name = "admin_roles",
           .member = &TenantSpec::admin_roles,
           .help = "roles that administer it",
           .json = "adminRoles"},
};

constexpr std::array kNamespace{Namespace{
    .name = "name", .member = &NamespaceSpec::name, .help = "tenant/namespace", .compared = false}};

constexpr std::array kTopic{Topic{.name = "name",
                                  .member = &TopicSpec::name,
                                  .help = "tenant/namespace/topic; it is always persistent",
                                  .compared = false},
                            Topic{.name = "partitions",
                                  .member = &TopicSpec::partitions,
                                  .help = "number of partitions; 0: not partitioned",
                                  .json = "partitions"}};

constexpr ObjectTable<PulsarConfig, TenantSpec> kTenants{
    "tenant",
    "a tenant that must exist",
    declaration("pulsar.tenant.drift", "pulsar.permission.denied"),
    kTenant,
    &PulsarConfig::tenants,
    [](const TenantSpec& spec) { return tenant_problem(spec.name); }};

constexpr ObjectTable<PulsarConfig, NamespaceSpec> kNamespaces{
    "namespace",
    "a namespace that must exist",
    declaration("pulsar.namespace.missing", "pulsar.permission.denied"),
    kNamespace,
    &PulsarConfig::namespaces,
    [](const NamespaceSpec& spec) { return namespace_problem(spec.name); }};

constexpr ObjectTable<PulsarConfig, TopicSpec> kTopics{
    "topic",
    "a topic that must exist",
    declaration("pulsar.topic.drift", "pulsar.permission.denied"),
    kTopic,
    &PulsarConfig::topics,
    [](const TopicSpec& spec) { return topic_problem(spec.name, spec.partitions > 0); }};

constexpr std::array<const ObjectKind*, 3> kObjects{&kTenants, &kNamespaces, &kTopics};

// The tenants, namespaces and topics that the platform's agents expect.
std::any defaults() {
    PulsarConfig config;
    config.tenants = {{.name = "arc-system", .admin_roles = {}}};
    config.namespaces = {
        {.name = "arc-system/events"}, {.name = "arc-system/logs"}, {.name = "arc-system/audit"}};
    config.topics = {{.name = "arc-system/events/agent-lifecycle", .partitions = 3},
                     {.name = "arc-system/logs/application", .partitions = 4},
                     {.name = "arc-system/audit/command-log", .partitions = 1}};
    return config;
}

}  // namespace

constinit const Section kSection{
    .name = "pulsar", .settings = kKeys, .objects = kObjects, .defaults = &defaults};

std::span<const ObjectField<TenantSpec>> tenant_fields() noexcept {
    return kTenant;
}

std::span<const ObjectField<NamespaceSpec>> namespace_fields() noexcept {
    return kNamespace;
}

std::span<const ObjectField<TopicSpec>> topic_fields() noexcept {
    return kTopic;
}

const PulsarConfig& config_of(const Config& config) {
    return config.section<PulsarConfig>();
}

PulsarConfig& config_of(Config& config) {
    return config.section<PulsarConfig>();
}

}  // namespace arc::pulsar
