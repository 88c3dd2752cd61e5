#include "health/shortage.hpp"

#include <fmt/format.h>

#include "health/findings.hpp"

namespace arc {

Finding shortage(std::string_view text, Level absent) {
    return {.code = SidecarCode("sidecar.resources.exhausted"),
            .level = absent == Level::starting ? Level::starting : Level::degraded,
            .text = fmt::format("the sidecar itself ran out of a resource, so the server was not "
                                "queried: {}", text)};
}

}  // namespace arc
