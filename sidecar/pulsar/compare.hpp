// What is declared against what is there, object by object: the one place that knows what "as
// declared" means, for the check's findings and for the plan of bootstrap alike. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pulsar/config.hpp"
#include "pulsar/facts.hpp"

namespace arc::pulsar {

enum class Standing {
    same,     // there, as declared
    absent,   // not there
    differs,  // there, and not as declared
    invalid,  // no broker can have an object of this name: the declaration is wrong
    unknown,  // the token may not ask about it
};

struct Comparison {
    std::string_view kind;  // "tenant", "namespace", "topic"; static
    std::string name;
    Standing standing = Standing::same;
    // "3 partitions"; empty when absent or invalid; when unknown, the broker's refusal
    std::string measured;
    std::string wanted;  // "5 partitions"; for a namespace empty; when invalid, how to write it
    std::string declared_at;
};

// Tenants: the sets of clusters and of roles must be equal. Topics: the number of partitions, 0
// being another kind of topic, not less. Namespaces have nothing declared but that they are there.
[[nodiscard]] Comparison compare(const TenantSpec& spec, const Objects& objects);
[[nodiscard]] Comparison compare(const NamespaceSpec& spec, const Objects& objects);
[[nodiscard]] Comparison compare(const TopicSpec& spec, const Objects& objects);

[[nodiscard]] std::vector<Comparison> compare_all(const PulsarConfig& config,
                                                  const Objects& objects);

[[nodiscard]] bool has_namespace(const Objects& objects, std::string_view name);

}  // namespace arc::pulsar
