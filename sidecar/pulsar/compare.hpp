// Compares each declared object with the broker's. The findings of the check and the plan of
// bootstrap use the same comparison. Pure.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pulsar/config.hpp"
#include "pulsar/facts.hpp"

namespace arc::pulsar {

struct Difference {
    std::string_view field;  // "partitions"; static
    std::string measured;
    std::string wanted;
};

struct Same {};
struct Differs {
    std::vector<Difference> fields;
};

// It exists, but clients cannot use it: "topic t/n/x is terminated".
struct Unusable {
    std::string why;
};

struct Comparison {
    std::string_view kind;  // "tenant", "namespace", "topic"; static
    std::string name;
    std::string described;  // the declaration: "partitions 5"; empty if no field is compared
    std::variant<Same, NotFound, Differs, Unusable, Denied> standing;
};

// Compares all fields but the name. A list is a set.
[[nodiscard]] Comparison compare(const TenantSpec& spec, const PulsarConfig& config,
                                 const Objects& objects);
[[nodiscard]] Comparison compare(const NamespaceSpec& spec, const PulsarConfig& config,
                                 const Objects& objects);
[[nodiscard]] Comparison compare(const TopicSpec& spec, const PulsarConfig& config,
                                 const Objects& objects);

[[nodiscard]] std::vector<Comparison> compare_all(const PulsarConfig& config,
                                                  const Objects& objects);

[[nodiscard]] bool has_namespace(const Objects& objects, std::string_view name);

// The reason why a namespace that exists serves no clients of this cluster; nullopt: it does, as
// far as it is known.
[[nodiscard]] std::optional<std::string> why_unusable(const Objects& objects, std::string_view name,
                                                      const std::string& cluster);

}  // namespace arc::pulsar
