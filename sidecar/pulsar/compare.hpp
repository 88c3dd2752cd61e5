// Compares each declared object with the broker's. The findings of the check and the plan of
// bootstrap use the same comparison. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pulsar/config.hpp"
#include "pulsar/facts.hpp"

namespace arc::pulsar {

enum class Standing {
    same,     // exists as declared
    absent,   // does not exist
    differs,  // exists, but not as declared
    invalid,  // the name is invalid: no broker can have this object
    unknown,  // the token does not permit the request
};

struct Comparison {
    std::string_view kind;  // "tenant", "namespace", "topic"; static
    std::string name;
    Standing standing = Standing::same;
    // "3 partitions"; empty if absent or invalid; if unknown, the broker's refusal
    std::string measured;
    // "5 partitions"; empty for a namespace; if invalid, the reason; empty if unknown
    std::string wanted;
    std::string declared_at;
};

// Tenants: the sets of clusters and of roles must be equal. Topics: the number of partitions must
// be equal; 0 is a topic without partitions. Namespaces: only the existence is declared.
[[nodiscard]] Comparison compare(const TenantSpec& spec, const Objects& objects);
[[nodiscard]] Comparison compare(const NamespaceSpec& spec, const Objects& objects);
[[nodiscard]] Comparison compare(const TopicSpec& spec, const Objects& objects);

[[nodiscard]] std::vector<Comparison> compare_all(const PulsarConfig& config,
                                                  const Objects& objects);

[[nodiscard]] bool has_namespace(const Objects& objects, std::string_view name);

}  // namespace arc::pulsar
