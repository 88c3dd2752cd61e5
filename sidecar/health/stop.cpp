#include "health/stop.hpp"

#include <fmt/format.h>

namespace arc {

std::string_view to_string(StopAnswer::Kind kind) noexcept {
    switch (kind) {
        case StopAnswer::Kind::safe:
            return "safe";
        case StopAnswer::Kind::wait:
            return "wait";
        case StopAnswer::Kind::pointless:
            break;
    }
    return "pointless";
}

std::string stop_line(std::string_view service, const StopAnswer& answer) {
    return fmt::format("{}: {}{}{}", to_string(answer.kind), service,
                       answer.reason.empty() ? "" : ": ", answer.reason);
}

}  // namespace arc
