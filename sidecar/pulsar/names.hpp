// The names of Pulsar's objects: tenant, tenant/namespace, tenant/namespace/topic. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace arc::pulsar {

// The tenant of a namespace or a topic; the whole name if it has no slash.
[[nodiscard]] std::string_view tenant_of(std::string_view name) noexcept;

// tenant/namespace of a topic; the whole name if it has fewer than two slashes.
[[nodiscard]] std::string_view namespace_of(std::string_view topic) noexcept;

// The reason why the broker rejects such a name (412), or nullopt. A tenant or a namespace is one
// or more of letters, digits and _ - = : . (NamedEntity).
[[nodiscard]] std::optional<std::string> tenant_problem(std::string_view name);
[[nodiscard]] std::optional<std::string> namespace_problem(std::string_view name);

// The same for a topic. Its last part is free, but the name of a partitioned topic must not contain
// "-partition-", which the broker reserves (412).
[[nodiscard]] std::optional<std::string> topic_problem(std::string_view name, bool partitioned);

// The path in the admin API and in lookups: each part percent-encoded, with slashes between them.
[[nodiscard]] std::string path_of(std::string_view name);

}  // namespace arc::pulsar
