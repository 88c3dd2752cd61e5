// What a member does before its server is stopped: the gate (stop/gate.hpp) with the hooks of its
// service.
#pragma once

#include <functional>
#include <string>

#include "base/log.hpp"
#include "config/config.hpp"
#include "service.hpp"
#include "stop/gate.hpp"

namespace arc::stop {

using Say = std::function<void(LogLevel level, const std::string& line)>;

// Waits at most `within` until the others can do without this member, takes the stop token, and
// hands over what this member leads. `say` gets the lines to log. The caller stops the server
// whatever is returned. True: every wait ended as it should. Requires has_stop_gate().
[[nodiscard]] bool leave(const Service& service, const Config& config, Time within, const Say& say);

// Hands over what this member leads, under the stop token, without a stop: the token is returned.
[[nodiscard]] StopAnswer drain_once(const Service& service, const Config& config,
                                    Deadline deadline);

}  // namespace arc::stop
