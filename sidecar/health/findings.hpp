// The findings about the sidecar itself: a row for each code. docs/findings.md and `arc-sidecar
// explain` are made from it.
#pragma once

#include <array>

#include "health/code.hpp"

namespace arc {

inline constexpr std::array kSidecarFindings{
    CatalogueRow{
        .code = "sidecar.config.invalid",
        .worst = Level::unhealthy,
        .meaning = "The sidecar cannot read its own configuration, or the file of a secret.",
        .measurement = "The sidecar reads the files again whenever their content changes.",
        .reason = "The declaration is not known, so the server is not called healthy. The server "
                  "still counts as live and started, and nothing ends it because of this finding. "
                  "`check` exits with 78.",
        .remedy = "Correct the configuration. Nothing needs a restart.",
        .before = "sidecar.config"},
    CatalogueRow{
        .code = "sidecar.resources.exhausted",
        .worst = Level::degraded,
        .meaning =
            "The sidecar has no descriptor, thread, local port or memory left to ask the server.",
        .measurement = "The error of the system call or the library (`EMFILE`, `ENOMEM`, no new "
                       "thread). The level is `starting` while the server is being started.",
        .reason = "Nothing is known about the server. `--live` passes, and nothing ends the server "
                  "because of this finding.",
        .remedy = "Raise the container's `pids_limit`, its `nofile` limit or its memory."},
};
static_assert(is_catalogue("sidecar", kSidecarFindings));

// A literal that is not in the table does not compile.
using SidecarCode = CodeIn<kSidecarFindings>;

}  // namespace arc
