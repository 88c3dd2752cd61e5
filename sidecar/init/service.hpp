// The servers that PID 1 knows by name: which signal stops each, and what its ends mean. Pure.
#pragma once

#include <csignal>
#include <optional>
#include <string_view>

namespace arc::init {

enum class Service { none, nats, redis, pulsar };

// "nats", "redis", "pulsar"; empty for none.
[[nodiscard]] std::string_view to_string(Service service) noexcept;

// The service of that name, exactly as to_string() writes it; nothing for any other word.
[[nodiscard]] std::optional<Service> parse_service(std::string_view name) noexcept;

// What a TERM that PID 1 receives becomes for the server. NATS gets INT: nats-server 2.10 leaves
// with 1 on TERM and with 0 on INT, after the same orderly shutdown (2.11: 0 on both). Redis and
// Pulsar take TERM.
[[nodiscard]] int default_stop_signal(Service service) noexcept;

// What an exit status means that is normal for this server and looks like a failure; empty where
// there is nothing to explain. `sent` is the signal that the server was sent to stop it.
[[nodiscard]] std::string_view explain_stop(Service service, int sent, int exit_code) noexcept;

}  // namespace arc::init
