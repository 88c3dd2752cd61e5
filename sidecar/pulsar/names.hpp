// The names of Pulsar's objects: tenant, tenant/namespace, tenant/namespace/topic. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace arc::pulsar {

// The tenant of a namespace's or a topic's name; the whole name where there is no slash.
[[nodiscard]] std::string_view tenant_of(std::string_view name) noexcept;

// tenant/namespace of a topic's name; the whole name where there are fewer than two slashes.
[[nodiscard]] std::string_view namespace_of(std::string_view topic) noexcept;

// Why the broker would not take such a name ("write tenant/namespace"), or nothing. The broker's
// own rule for tenants and namespaces is one or more of letters, digits and _ - = : .
// (NamedEntity); it answers 412 to others.
[[nodiscard]] std::optional<std::string> tenant_problem(std::string_view name);
[[nodiscard]] std::optional<std::string> namespace_problem(std::string_view name);

// As above. A topic's last part is free, but "-partition-" in the name of a partitioned topic is
// the broker's own (412).
[[nodiscard]] std::optional<std::string> topic_problem(std::string_view name, bool partitioned);

// The path that names it in the admin API and in lookups: each part percent-encoded, the slashes
// between them kept.
[[nodiscard]] std::string path_of(std::string_view name);

// Where the admin API (v2) tells of a tenant, of the namespaces of one, and of a topic's
// partitions.
[[nodiscard]] std::string tenant_path(std::string_view name);
[[nodiscard]] std::string namespaces_path(std::string_view tenant);
[[nodiscard]] std::string partitions_path(std::string_view topic);

}  // namespace arc::pulsar
