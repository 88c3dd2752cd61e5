// The section [cluster] of the configuration: the members, and the time that a stop may take.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "config/hosts.hpp"
#include "config/setting.hpp"

namespace arc {

struct ClusterConfig {
    using Duration = std::chrono::milliseconds;

    // standalone | member | sentinel
    Setting<std::string> role{"standalone"};
    // every member, this one included
    Setting<Hosts> members;
    // From TERM to KILL, as the container runtime is configured. Without it there is no stop gate.
    Setting<std::optional<Duration>> grace;
    // The longest waits of a stop, both within `grace` less `stop_reserve`: until the others can do
    // without this member, and until another has what it leads.
    Setting<Duration> stop_gate{Duration{240'000}};
    Setting<Duration> stop_drain{Duration{60'000}};
    // of `grace`, for the server's own stop
    Setting<Duration> stop_reserve{Duration{15'000}};
    // A replica that has lost its master for less is only degraded.
    Setting<Duration> behind_grace{Duration{15'000}};

    [[nodiscard]] bool is_standalone() const { return *role == "standalone"; }
    [[nodiscard]] bool is_member() const { return *role == "member"; }
    [[nodiscard]] bool is_sentinel() const { return *role == "sentinel"; }

    // The time for gate and drain together, counted from TERM. nullopt: a stop has no gate.
    [[nodiscard]] std::optional<Duration> stop_budget() const;
};

// What the settings of the section contradict together, as an error of kind config.
[[nodiscard]] Result<void> check_cluster(const ClusterConfig& cluster);

}  // namespace arc
