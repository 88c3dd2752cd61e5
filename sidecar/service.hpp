// The registry: what a service's room offers to the commands. A new service is a new folder with
// the same files and one line in service.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/deadline.hpp"
#include "bootstrap/plan.hpp"
#include "config/config.hpp"
#include "health/verdict.hpp"
#include "metrics/source.hpp"
#include "state/state.hpp"

namespace arc {

struct Service {
    std::string_view name;  // "nats", "pulsar", "redis"

    // One probe: gathers facts within the deadline and judges them. Never throws; what cannot be
    // learned is a finding.
    Verdict (*check)(const Config& config, Deadline deadline);

    // Compares what is declared with what is there, and, unless `options.dry_run`, converges.
    // nullptr: nothing to declare (Redis).
    BootstrapReport (*bootstrap)(const Config& config, const BootstrapOptions& options,
                                 Deadline deadline);

    // A probe too dear for every `check`, which the agent makes at intervals and `check` reuses.
    // nullptr: none is needed.
    DeepResult (*deep)(const Config& config, Deadline deadline);

    // Where its series come from. nullptr: the server has an exporter of its own (Pulsar). The
    // Source must not outlive `config`.
    std::unique_ptr<metrics::Source> (*metrics)(const Config& config);

    // From the server's start until "not there yet" counts as failing. Milliseconds; longer for
    // Pulsar, whose cold start takes minutes on a loaded machine.
    std::int64_t patience_ms;
};

// One probe, as Service::check, that also survives our own shortage of memory or threads: a finding
// about the sidecar then, never about the server.
[[nodiscard]] Verdict ask(const Service& service, const Config& config, Deadline deadline);

[[nodiscard]] std::span<const Service> services() noexcept;
[[nodiscard]] const Service* find_service(std::string_view name) noexcept;

}  // namespace arc
