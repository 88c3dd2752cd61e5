#include "config/config.hpp"

namespace arc {
namespace {

using std::chrono::hours;

// The streams, tenants, namespaces and topics that the platform's agents expect.
std::vector<StreamSpec> default_streams() {
    return {
        {.name = "AGENT_COMMANDS",
         .subjects = {"agent.*.cmd"},
         .retention = "limits",
         .description = {},
         .max_age = hours{24}},
        {.name = "AGENT_EVENTS",
         .subjects = {"agent.*.event", "agent.*.status"},
         .retention = "interest",
         .description = {},
         .max_age = hours{168}},
        {.name = "SYSTEM_METRICS",
         .subjects = {"metrics.>"},
         .retention = "limits",
         .description = {},
         .max_age = hours{6}},
    };
}

}  // namespace

TlsOptions tls_options(const TlsConfig& config, std::string settings) {
    return {.ca_file = *config.ca_file,
            .cert_file = *config.cert_file,
            .key_file = *config.key_file,
            .server_name = *config.server_name,
            .verify = *config.verify,
            .settings = std::move(settings)};
}

Config default_config() {
    Config config;
    config.nats.streams = default_streams();
    config.pulsar.tenants = {{.name = "arc-system", .admin_roles = {}}};
    config.pulsar.namespaces = {
        {.name = "arc-system/events"}, {.name = "arc-system/logs"}, {.name = "arc-system/audit"}};
    config.pulsar.topics = {{.name = "arc-system/events/agent-lifecycle", .partitions = 3},
                            {.name = "arc-system/logs/application", .partitions = 4},
                            {.name = "arc-system/audit/command-log", .partitions = 1}};
    return config;
}

}  // namespace arc
