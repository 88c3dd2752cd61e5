// What the agent noted of its server (state.hpp), against what was declared.
#pragma once

#include "config/config.hpp"
#include "state/state.hpp"

namespace arc {

// A nats-server's own configuration is right about its monitoring port: where monitor_url is on
// loopback and neither the environment nor a flag chose it, its port and scheme become the noted
// ones.
void apply(const ServerNote& note, Config& config);

// Whether a host is this machine by its loopback interface: "localhost", 127.0.0.0/8, ::1.
[[nodiscard]] bool is_loopback(std::string_view host) noexcept;

}  // namespace arc
