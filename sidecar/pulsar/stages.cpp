#include "pulsar/stages.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pulsar/compare.hpp"
#include "pulsar/names.hpp"

namespace arc::pulsar {
namespace {

constexpr std::string_view kPublicTenant = "public";
constexpr std::string_view kPublicDefault = "public/default";

bool nobody_listens(ErrorKind kind) {
    return kind == ErrorKind::refused || kind == ErrorKind::unresolved ||
           kind == ErrorKind::unreachable;
}

// TLS that fails, and a file of it that cannot be read, are neither a port that is closed nor a
// stage of a start.
bool is_tls(ErrorKind kind) {
    return kind == ErrorKind::tls || kind == ErrorKind::config;
}

Obstacle ports_obstacle(std::string_view port, const Error& error) {
    if (error.kind == ErrorKind::shortage) {
        return {Stage::ports, error.kind, error.text};
    }
    if (is_tls(error.kind)) {
        return {Stage::ports, error.kind, fmt::format("the {} port: {}", port, error.text)};
    }
    const bool silent = error.kind == ErrorKind::timeout;
    return {Stage::ports, error.kind,
            fmt::format("the {} port {}: {}", port, silent ? "did not answer" : "cannot be reached",
                        error.text)};
}

// A question that failed in itself, as an obstacle at its stage.
Obstacle unanswered(Stage stage, const Error& error) {
    if (error.kind == ErrorKind::shortage) {
        return {stage, error.kind, error.text};
    }
    const bool silent = error.kind == ErrorKind::timeout;
    return {
        stage, error.kind,
        fmt::format("{} {}", silent ? "health" : "no answer of a Pulsar admin API:", error.text)};
}

// The admin port's TCP connection is made by the first question on it.
Obstacle ready_obstacle(const Error& error) {
    if (nobody_listens(error.kind) || is_tls(error.kind)) {
        return ports_obstacle("admin", error);
    }
    if (error.kind == ErrorKind::auth) {
        return {Stage::ready, error.kind,
                "authentication: the broker wants a token, or does not take this one (401)"};
    }
    if (error.kind == ErrorKind::rejected) {
        return {Stage::ready, error.kind, "the broker takes no requests yet"};
    }
    return unanswered(Stage::ready, error);
}

std::optional<Obstacle> cluster_obstacle(const PulsarConfig& config, const Facts& facts) {
    if (!facts.clusters || has_cluster(config, facts)) {
        return std::nullopt;
    }
    const Result<Names>& clusters = *facts.clusters;
    if (!clusters) {
        return denied(clusters.error())
                   ? std::nullopt
                   : std::optional{unanswered(Stage::cluster, clusters.error())};
    }
    const std::string others =
        clusters->empty() ? "" : fmt::format(" (registered: {})", fmt::join(*clusters, ", "));
    return Obstacle{Stage::cluster, ErrorKind::rejected,
                    fmt::format("the cluster {} is not registered yet{}", *config.cluster, others)};
}

std::optional<Obstacle> public_obstacle(const Facts& facts) {
    if (!facts.public_namespaces || has_public_default(facts)) {
        return std::nullopt;
    }
    if (const auto& namespaces = *facts.public_namespaces; !namespaces) {
        return denied(namespaces.error())
                   ? std::nullopt
                   : std::optional{unanswered(Stage::namespaces, namespaces.error())};
    }
    return Obstacle{Stage::namespaces, ErrorKind::rejected,
                    "the namespace public/default is not there yet"};
}

// A role may be allowed one object and not another: an admin of its tenants alone, or a client of
// one namespace.
bool note_denied(Objects& objects, std::string path, const Error& error) {
    if (denied(error)) {
        objects.denied.emplace(std::move(path), error);
    }
    return denied(error);
}

Result<void> gather_tenants(const PulsarConfig& config, AdminClient& admin, Deadline deadline,
                            Objects& objects) {
    for (const TenantSpec& spec : config.tenants) {
        auto info = admin.tenant(spec.name, deadline);
        if (info) {
            objects.tenants.emplace(spec.name, std::move(*info));
        } else if (!note_denied(objects, tenant_path(spec.name), info.error())) {
            return std::unexpected(info.error());
        }
    }
    return {};
}

// The namespaces of one tenant, once; none without asking when the tenant is known to be absent.
Result<void> gather_namespaces_of(std::string_view tenant, AdminClient& admin, Deadline deadline,
                                  Objects& objects) {
    if (objects.namespaces.contains(tenant) || objects.denied.contains(namespaces_path(tenant))) {
        return {};
    }
    if (const auto known = objects.tenants.find(tenant);
        known != objects.tenants.end() && !known->second) {
        objects.namespaces.emplace(tenant, std::nullopt);
        return {};
    }
    auto names = admin.namespaces(tenant, deadline);
    if (names) {
        objects.namespaces.emplace(tenant, std::move(*names));
    } else if (!note_denied(objects, namespaces_path(tenant), names.error())) {
        return std::unexpected(names.error());
    }
    return {};
}

Result<void> gather_namespaces(const PulsarConfig& config, AdminClient& admin, Deadline deadline,
                               Objects& objects) {
    for (const NamespaceSpec& spec : config.namespaces) {
        if (const auto asked = gather_namespaces_of(tenant_of(spec.name), admin, deadline, objects);
            !asked) {
            return asked;
        }
    }
    for (const TopicSpec& spec : config.topics) {
        if (const auto asked = gather_namespaces_of(tenant_of(spec.name), admin, deadline, objects);
            !asked) {
            return asked;
        }
    }
    return {};
}

Result<void> gather_topics(const PulsarConfig& config, AdminClient& admin, Deadline deadline,
                           Objects& objects) {
    for (const TopicSpec& spec : config.topics) {
        const bool hidden = objects.denied.contains(namespaces_path(tenant_of(spec.name)));
        Result<std::optional<std::int64_t>> partitions = std::nullopt;
        if (hidden || has_namespace(objects, namespace_of(spec.name))) {
            partitions = admin.partitions(spec.name, deadline);
        }
        if (partitions) {
            objects.topics.emplace(spec.name, *partitions);
        } else if (!note_denied(objects, partitions_path(spec.name), partitions.error())) {
            return std::unexpected(partitions.error());
        }
    }
    return {};
}

}  // namespace

std::string stage_text(Stage stage) {
    return fmt::format("stage {} of {}", static_cast<int>(stage), static_cast<int>(Stage::health));
}

std::optional<Obstacle> first_obstacle(const PulsarConfig& config, const Facts& facts) {
    if (facts.binary_port && !*facts.binary_port) {
        return ports_obstacle("binary", facts.binary_port->error());
    }
    if (facts.ready && !*facts.ready) {
        return ready_obstacle(facts.ready->error());
    }
    auto found = cluster_obstacle(config, facts);
    return found ? found : public_obstacle(facts);
}

bool has_cluster(const PulsarConfig& config, const Facts& facts) {
    return facts.clusters && *facts.clusters &&
           std::ranges::contains(**facts.clusters, *config.cluster);
}

bool has_public_default(const Facts& facts) {
    const auto& asked = facts.public_namespaces;
    if (!asked || !*asked) {
        return false;
    }
    const std::optional<Names>& names = **asked;
    return names && std::ranges::contains(*names, kPublicDefault);
}

void climb(const PulsarConfig& config, AdminClient& admin, Deadline deadline, Facts& facts) {
    const auto stopped = [&] { return first_obstacle(config, facts).has_value(); };
    facts.binary_port = try_binary_port(config, deadline);
    if (stopped()) {
        return;
    }
    facts.ready = admin.ready(deadline);
    if (stopped()) {
        return;
    }
    facts.clusters = admin.clusters(deadline);
    if (stopped()) {
        return;
    }
    facts.public_namespaces = admin.namespaces(kPublicTenant, deadline);
}

Result<Objects> gather_objects(const PulsarConfig& config, AdminClient& admin, Deadline deadline) {
    Objects objects;
    const auto gathered =
        gather_tenants(config, admin, deadline, objects)
            .and_then([&] { return gather_namespaces(config, admin, deadline, objects); })
            .and_then([&] { return gather_topics(config, admin, deadline, objects); });
    if (!gathered) {
        return std::unexpected(gathered.error());
    }
    return objects;
}

}  // namespace arc::pulsar
