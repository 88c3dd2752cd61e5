#include "health/codes.hpp"

#include <algorithm>
#include <array>

namespace arc {
namespace {

constexpr std::array kCodes{
    FindingCode{"nats.canary", Level::ok},
    FindingCode{"nats.canary.failed", Level::unhealthy},
    FindingCode{"nats.canary.unavailable", Level::degraded},
    FindingCode{"nats.client", Level::ok},
    FindingCode{"nats.client.auth", Level::unhealthy},
    FindingCode{"nats.client.config", Level::unhealthy},
    FindingCode{"nats.client.io", Level::unhealthy},
    FindingCode{"nats.client.permission", Level::unhealthy},
    FindingCode{"nats.client.protocol", Level::unhealthy},
    FindingCode{"nats.client.refused", Level::unhealthy},
    FindingCode{"nats.client.rejected", Level::unhealthy},
    FindingCode{"nats.client.timeout", Level::unhealthy},
    FindingCode{"nats.client.tls", Level::unhealthy},
    FindingCode{"nats.client.unreachable", Level::unhealthy},
    FindingCode{"nats.client.unresolved", Level::unhealthy},
    FindingCode{"nats.health", Level::unhealthy},
    FindingCode{"nats.jetstream", Level::ok},
    FindingCode{"nats.jetstream.disabled", Level::unhealthy},
    FindingCode{"nats.jetstream.error", Level::unhealthy},
    FindingCode{"nats.limit.memory", Level::degraded},
    FindingCode{"nats.limit.storage", Level::degraded},
    FindingCode{"nats.monitor.config", Level::degraded},
    FindingCode{"nats.monitor.io", Level::degraded},
    FindingCode{"nats.monitor.protocol", Level::degraded},
    FindingCode{"nats.monitor.refused", Level::degraded},
    FindingCode{"nats.monitor.timeout", Level::degraded},
    FindingCode{"nats.monitor.tls", Level::degraded},
    FindingCode{"nats.monitor.unreachable", Level::degraded},
    FindingCode{"nats.monitor.unresolved", Level::degraded},
    FindingCode{"nats.recovering", Level::starting},
    FindingCode{"nats.room", Level::unhealthy},
    FindingCode{"nats.store", Level::ok},
    FindingCode{"nats.store.outside", Level::unhealthy},
    FindingCode{"nats.store.unmounted", Level::unhealthy},
    FindingCode{"nats.store.volatile", Level::degraded},
    FindingCode{"nats.stream", Level::ok},
    FindingCode{"nats.stream.damaged", Level::unhealthy},
    FindingCode{"nats.stream.drift", Level::degraded},
    FindingCode{"nats.stream.error", Level::unhealthy},
    FindingCode{"nats.stream.missing", Level::unhealthy},
    FindingCode{"nats.stream.stuck", Level::unhealthy},

    FindingCode{"pulsar.advertised", Level::ok},
    FindingCode{"pulsar.advertised.differs", Level::degraded},
    FindingCode{"pulsar.advertised.loopback", Level::degraded},
    FindingCode{"pulsar.auth", Level::unhealthy},
    FindingCode{"pulsar.auth.superuser", Level::degraded},
    FindingCode{"pulsar.canary", Level::ok},
    FindingCode{"pulsar.canary.failed", Level::unhealthy},
    FindingCode{"pulsar.canary.unavailable", Level::degraded},
    FindingCode{"pulsar.cluster", Level::unhealthy},
    FindingCode{"pulsar.health", Level::unhealthy},
    FindingCode{"pulsar.lookup", Level::degraded},
    FindingCode{"pulsar.namespace", Level::ok},
    FindingCode{"pulsar.namespace.invalid", Level::unhealthy},
    FindingCode{"pulsar.namespace.missing", Level::unhealthy},
    FindingCode{"pulsar.objects", Level::unhealthy},
    FindingCode{"pulsar.ports", Level::unhealthy},
    FindingCode{"pulsar.public_default", Level::unhealthy},
    FindingCode{"pulsar.ready", Level::unhealthy},
    FindingCode{"pulsar.tenant", Level::ok},
    FindingCode{"pulsar.tenant.drift", Level::degraded},
    FindingCode{"pulsar.tenant.invalid", Level::unhealthy},
    FindingCode{"pulsar.tenant.missing", Level::unhealthy},
    FindingCode{"pulsar.tls", Level::unhealthy},
    FindingCode{"pulsar.topic", Level::ok},
    FindingCode{"pulsar.topic.drift", Level::degraded},
    FindingCode{"pulsar.topic.invalid", Level::unhealthy},
    FindingCode{"pulsar.topic.missing", Level::unhealthy},

    FindingCode{"redis.aof.rewrite", Level::degraded},
    FindingCode{"redis.aof.write", Level::unhealthy},
    FindingCode{"redis.appendfsync", Level::degraded},
    FindingCode{"redis.appendonly", Level::unhealthy},
    FindingCode{"redis.auth.failed", Level::degraded},
    FindingCode{"redis.auth.required", Level::unhealthy},
    FindingCode{"redis.auth.unneeded", Level::degraded},
    FindingCode{"redis.auth.wrong", Level::unhealthy},
    FindingCode{"redis.bind.loopback", Level::degraded},
    FindingCode{"redis.bind.protected", Level::degraded},
    FindingCode{"redis.canary", Level::ok},
    FindingCode{"redis.canary.failed", Level::unhealthy},
    FindingCode{"redis.canary.unavailable", Level::degraded},
    FindingCode{"redis.config", Level::unhealthy},
    FindingCode{"redis.config.unavailable", Level::degraded},
    FindingCode{"redis.info.unavailable", Level::degraded},
    FindingCode{"redis.io", Level::unhealthy},
    FindingCode{"redis.loading", Level::starting},
    FindingCode{"redis.maxmemory", Level::degraded},
    FindingCode{"redis.maxmemory-policy", Level::degraded},
    FindingCode{"redis.memory", Level::ok},
    FindingCode{"redis.memory.full", Level::degraded},
    FindingCode{"redis.persistence.failing", Level::unhealthy},
    FindingCode{"redis.ping", Level::unhealthy},
    FindingCode{"redis.protocol", Level::unhealthy},
    FindingCode{"redis.rdb.save", Level::degraded},
    FindingCode{"redis.refused", Level::unhealthy},
    FindingCode{"redis.replication.link", Level::degraded},
    FindingCode{"redis.replication.role", Level::degraded},
    FindingCode{"redis.timeout", Level::unhealthy},
    FindingCode{"redis.tls", Level::unhealthy},
    FindingCode{"redis.unreachable", Level::unhealthy},
    FindingCode{"redis.unresolved", Level::unhealthy},
    FindingCode{"redis.writes", Level::ok},
};

}  // namespace

std::span<const FindingCode> finding_codes() noexcept {
    return kCodes;
}

const FindingCode* find_code(std::string_view code) noexcept {
    const auto found = std::ranges::find(kCodes, code, &FindingCode::code);
    return found == kCodes.end() ? nullptr : &*found;
}

}  // namespace arc
