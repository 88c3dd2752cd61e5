// A configuration of a tenant, a namespace and a topic, and the facts of a broker that is as
// declared.
#pragma once

#include <string>

#include "pulsar/config.hpp"
#include "pulsar/facts.hpp"

namespace arc::pulsar::fixtures {

inline PulsarConfig small_config() {
    PulsarConfig config;
    config.tenants = {{.name = "t", .admin_roles = {}}};
    config.namespaces = {{.name = "t/n"}};
    config.topics = {{.name = "t/n/x", .partitions = 3}};
    return config;
}

inline Objects small_objects() {
    Objects objects;
    objects.tenants.emplace(
        "t", TenantSpec{.name = {}, .allowed_clusters = {"standalone"}, .admin_roles = {}});
    objects.namespaces.emplace("t", Names{"t/n"});
    objects.topics.emplace("t/n/x", TopicFacts{.partitions = 3});
    return objects;
}

inline Objects nothing_there() {
    Objects objects;
    objects.tenants.emplace("t", NotFound{});
    objects.namespaces.emplace("t", NotFound{});
    objects.topics.emplace("t/n/x", NotFound{});
    return objects;
}

inline Facts good_facts() {
    Facts facts;
    facts.binary_port = Done{};
    facts.ready = Done{};
    facts.clusters = Names{"standalone"};
    facts.public_namespaces = Names{"public/default"};
    facts.version = "3.3.6";
    facts.objects = small_objects();
    facts.deep = DeepFromAgent{{Level::ok, "health answered ok in 31 ms", 1}, 12'000};
    return facts;
}

inline Error error(ErrorKind kind, std::string text = "why") {
    return {kind, std::move(text)};
}

}  // namespace arc::pulsar::fixtures
